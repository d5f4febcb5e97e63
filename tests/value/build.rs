//! Scans `test.lst` and the trees at the root of the repository; see `quant-testgen`.

fn main() {
    quant_testgen::build_in("../..");
}
