//! Scans `test.lst` and the trees beside it; its rows may use words of this package's own.

use quant_testgen::Words;

fn main() {
    let words = Words::new()
        .granularity("tensor")
        .dtype("uint4")
        .stage("calibration")
        .test("tensor", "uint4", &["calibration", "quantization"]);
    quant_testgen::build_with(&words);
}
