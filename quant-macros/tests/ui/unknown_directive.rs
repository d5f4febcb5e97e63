//! A directive that does not exist.

quant_macros::value_tests_of!(unknown_directive);

fn main() {}
