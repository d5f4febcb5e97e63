//! A layer between the float model and the quantized one.

use quant_case::recipe::Operation;

use super::layers::Layer;
use crate::tensor::Tensor;

/// A layer as rounding sees it.
pub(super) struct LayerView<'a> {
    pub layer: &'a Layer,
    /// Its operation, without the activation.
    pub operation: &'a Operation,
    pub activation: &'a str,
    /// The scale of each output channel, or one.
    pub scales: &'a [f32],
    pub weights: &'a [f64],
    pub bias: &'a [f64],
    /// What it reads in the quantized model, by records.
    pub reads: &'a [Tensor],
    /// What it makes in the float model, before the activation.
    pub wanted: &'a [Vec<f64>],
}

/// What an activation makes of a value.
pub(super) fn active(activation: &str, x: f64) -> f64 {
    match activation {
        "RELU" => x.max(0.0),
        "RELU6" => x.clamp(0.0, 6.0),
        "RELU_N1_TO_1" => x.clamp(-1.0, 1.0),
        _ => x,
    }
}
