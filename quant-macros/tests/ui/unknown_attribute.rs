//! An attribute that does not exist.

quant_macros::value_tests_of!(unknown_attribute);

fn main() {}
