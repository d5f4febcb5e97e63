//! A row whose model has no recipe.

quant_macros::value_tests_of!(missing_recipe);

fn main() {}
