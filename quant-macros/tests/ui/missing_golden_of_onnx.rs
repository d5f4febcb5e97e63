//! Tensors of an ONNX model without goldens.

quant_macros::value_tests_of!(missing_golden_of_onnx);

fn main() {}
