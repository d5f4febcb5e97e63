//! A golden of a tensor that the stage does not have.

quant_macros::value_tests_of!(orphan_golden);

fn main() {}
