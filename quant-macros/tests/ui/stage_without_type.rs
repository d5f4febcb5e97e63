//! A stage of the package's own, of which nobody says what it makes.

quant_macros::value_tests_of!(stage_without_type);

fn main() {}
