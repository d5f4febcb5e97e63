//! What is done to models that hold integers already: floats again with fake quantization, other integers, other
//! parameters.

pub mod fake;
pub mod onnx;
pub mod parameters;
pub mod requantize;
pub mod running;
pub mod values;
