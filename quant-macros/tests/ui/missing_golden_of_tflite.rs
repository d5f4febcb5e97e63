//! A granularity and a type that do not go together.

quant_macros::value_tests_of!(missing_golden_of_tflite);

fn main() {}
