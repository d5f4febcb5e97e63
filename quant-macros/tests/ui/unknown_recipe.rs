//! A granularity and a type that do not go together.

quant_macros::value_tests_of!(unknown_recipe);

fn main() {}
