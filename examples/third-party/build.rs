//! Scans `test.lst` and the trees beside it.

fn main() {
    quant_testgen::build();
}
