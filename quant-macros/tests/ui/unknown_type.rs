//! A type that does not exist.

quant_macros::value_tests_of!(unknown_type);

fn main() {}
