//! A record with too many inputs.

quant_macros::value_tests_of!(input_of_other_lines);

fn main() {}
