//! Braces without words.

quant_macros::value_tests_of!(empty_matrix);

fn main() {}
