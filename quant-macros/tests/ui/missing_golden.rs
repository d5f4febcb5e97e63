//! A tensor of a stage has no golden.

quant_macros::value_tests_of!(missing_golden);

fn main() {}
