//! A star that stands for no model.

quant_macros::value_tests_of!(star_without_model);

fn main() {}
