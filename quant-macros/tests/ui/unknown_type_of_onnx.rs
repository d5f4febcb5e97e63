//! A type that no ONNX model is quantized to.

quant_macros::value_tests_of!(unknown_type_of_onnx);

fn main() {}
