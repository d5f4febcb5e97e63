//! A word that goes together with nothing.

quant_macros::value_tests_of!(word_of_no_combination);

fn main() {}
