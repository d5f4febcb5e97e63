//! A granularity and a type that do not go together.

quant_macros::value_tests_of!(unknown_type_of_tflite);

fn main() {}
