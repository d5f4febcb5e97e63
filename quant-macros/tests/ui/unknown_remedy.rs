//! A remedy that does not exist.

quant_macros::value_tests_of!(unknown_remedy);

fn main() {}
