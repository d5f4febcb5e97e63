//! Own words that are not declared to go together.

quant_macros::value_tests_of!(undeclared_combination);

fn main() {}
