//! What is found of a layer.

use super::energy::Energy;
use crate::metrics::Errors;

/// A graph input, or an operator whose weights or outputs are quantized.
#[derive(Clone, Debug)]
pub struct Layer {
    /// Its number in the float model; `None` for an input.
    pub operator: Option<usize>,
    /// What it is, as in `CONV_2D`.
    pub kind: String,
    /// The label of its first output in the float model.
    pub name: String,
    /// Elements of its quantized weights.
    pub elements: usize,
    /// How far its output is off when it reads floats and is quantized itself.
    pub added: Energy,
    /// The same with its weights alone quantized; `None` where it has none.
    pub weights: Option<Energy>,
    /// The same with its inputs alone quantized.
    pub inputs: Energy,
    /// The same with its output alone quantized.
    pub output: Energy,
    /// The errors of the graph's outputs when only this layer is quantized; empty when nobody asked.
    pub alone: Vec<Errors>,
    /// The errors of the graph's outputs when only this layer is float; empty when nobody asked.
    pub restored: Vec<Errors>,
}
