//! Which tensors of a model were quantized before anything changes.

use super::super::values::is_quantized;
use quant_ir::Model;

/// What was quantized before anything changes.
pub struct Before {
    /// Whether each tensor is a quantized activation.
    pub activations: Vec<bool>,
    /// Whether each tensor is a quantized constant.
    pub constants: Vec<bool>,
}

impl Before {
    /// Of a model as it is now.
    pub fn of(model: &Model) -> Self {
        let all = |is_const: bool| {
            let tensors = model.main().tensors().iter();
            tensors
                .map(|tensor| is_quantized(tensor) && model.is_const(tensor) == is_const)
                .collect()
        };
        Self {
            activations: all(false),
            constants: all(true),
        }
    }
}
