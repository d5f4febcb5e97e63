//! A record with too many values for an input.

quant_macros::value_tests_of!(input_of_other_length);

fn main() {}
