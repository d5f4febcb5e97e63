//! Parameters as a model holds them.

use quant_ir::QuantParam;

/// One scale and zero point for a whole tensor.
pub fn per_tensor(scale: f32, zero_point: i64) -> QuantParam {
    QuantParam {
        scale: vec![scale],
        zero_point: vec![zero_point],
        ..QuantParam::default()
    }
}

/// A scale for each index of a dimension, zero points 0.
pub fn per_channel(scales: Vec<f32>, dimension: i32) -> QuantParam {
    QuantParam {
        zero_point: vec![0; scales.len()],
        scale: scales,
        quantized_dimension: dimension,
        ..QuantParam::default()
    }
}
