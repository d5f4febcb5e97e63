//! A recipe with a field that does not exist.

quant_macros::value_tests_of!(recipe_does_not_parse);

fn main() {}
