//! Tensors of a stage have no goldens.

quant_macros::value_tests_of!(missing_golden);

fn main() {}
