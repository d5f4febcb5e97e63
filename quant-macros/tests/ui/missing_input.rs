//! A row without records.

quant_macros::value_tests_of!(missing_input);

fn main() {}
