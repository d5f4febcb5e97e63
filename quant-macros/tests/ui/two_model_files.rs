//! A model with a file of each format.

quant_macros::value_tests_of!(two_model_files);

fn main() {}
