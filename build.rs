//! Scans `test.lst` and the trees beside it; see `quant-testgen`.

fn main() {
    quant_testgen::build();
}
