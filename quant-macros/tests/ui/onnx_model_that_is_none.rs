//! A file that is no ONNX model.

quant_macros::value_tests_of!(onnx_model_that_is_none);

fn main() {}
