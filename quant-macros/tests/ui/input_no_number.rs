//! A record with a value that is no number.

quant_macros::value_tests_of!(input_no_number);

fn main() {}
