//! A granularity and a type that do not go together.

quant_macros::value_tests_of!(forbidden_combination_of_onnx);

fn main() {}
