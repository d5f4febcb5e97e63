//! A row whose folder has no ONNX model.

quant_macros::value_tests_of!(missing_onnx_model);

fn main() {}
