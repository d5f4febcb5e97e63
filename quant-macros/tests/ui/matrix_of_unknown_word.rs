//! Braces with a word that is none.

quant_macros::value_tests_of!(matrix_of_unknown_word);

fn main() {}
