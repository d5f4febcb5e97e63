//! An input of an ONNX model whose size is open.

quant_macros::value_tests_of!(onnx_model_of_open_size);

fn main() {}
