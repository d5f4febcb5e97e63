//! What comes of a lowering.

use quant_ir::Model;

/// A model, and what was decided on the way.
#[derive(Clone, Debug)]
pub struct Lowered {
    /// The model. Its inputs and outputs have the names and the layout that they have in ONNX.
    pub model: Model,
    /// What the model left open, and how it was decided.
    pub notes: Vec<String>,
}
