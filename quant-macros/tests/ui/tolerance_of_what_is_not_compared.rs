//! A tolerance of something that the row does not compare.

quant_macros::value_tests_of!(tolerance_of_what_is_not_compared);

fn main() {}
