//! Models that are quantized already.

use quant_ir::Model;
use quant_ir::error::{Error, Place, Problem, Result};

use crate::quantized::values::is_quantized;

/// Refuses a model with integers that stand for reals.
///
/// # Errors
/// It has one.
pub fn check(model: &Model) -> Result<()> {
    let tensors = model
        .graphs()
        .iter()
        .flat_map(|graph| graph.tensors().iter().enumerate());
    match tensors.into_iter().find(|(_, tensor)| is_quantized(tensor)) {
        Some((number, tensor)) => Err(Error::new(
            Place::tensor("tensor", &tensor.name).numbered(number),
            Problem::Quantized(tensor.dtype),
            "start from the float model",
        )),
        None => Ok(()),
    }
}
