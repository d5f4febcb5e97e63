//! A model file that is something else.

quant_macros::value_tests_of!(model_file_of_another_format);

fn main() {}
