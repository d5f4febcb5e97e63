//! A remedy that is named twice.

quant_macros::value_tests_of!(remedy_twice);

fn main() {}
