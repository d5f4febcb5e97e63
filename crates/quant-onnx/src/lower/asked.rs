//! What is asked of a lowering, and what comes of it.

use std::collections::BTreeMap;

use quant_ir::Model;

/// What of a model is lowered.
#[derive(Clone, Debug, Default)]
pub struct Lowering {
    /// Outputs, by the names of their values; the model's own when empty.
    pub outputs: Vec<String>,
    /// Inputs, by the names of their values, where the model is cut; its own when empty.
    pub inputs: Vec<String>,
    /// Shapes of inputs, which the model may leave open.
    pub shapes: BTreeMap<String, Vec<usize>>,
    /// Every operator stays, and nothing is fused.
    pub whole: bool,
}

/// A model, and what was decided on the way.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The model. Its inputs and outputs have the names and the layout that they have in ONNX.
    pub model: Model,
    /// What the model left open, and how it was decided.
    pub notes: Vec<String>,
}
