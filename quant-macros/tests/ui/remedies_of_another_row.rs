//! Remedies of a row that has none.

quant_macros::value_tests_of!(remedies_of_another_row);

fn main() {}
