//! An attribute on a line of its own.

quant_macros::value_tests_of!(attribute_without_row);

fn main() {}
