//! A model file that is cut short.

quant_macros::value_tests_of!(model_file_is_damaged);

fn main() {}
