//! Steps 13 and 14: what nobody needs goes.

use super::Context;
use quant_ir::Model;
use quant_ir::error::Result;

/// Drops the tensors whose inserted operators were removed again.
pub fn unused_tensors(context: &mut Context<'_>) -> Result<()> {
    context.drop_unused();
    Ok(())
}

/// Removes the recorded ranges, and parameters that hold nothing else.
pub fn recorded_ranges(context: &mut Context<'_>) -> Result<()> {
    clear_ranges(context.model);
    Ok(())
}

/// The same of a model that is on no way through passes.
pub(crate) fn clear_ranges(model: &mut Model) {
    for tensor in model.main_mut().tensors_mut() {
        if let Some(quant) = &mut tensor.quant {
            quant.min.clear();
            quant.max.clear();
            if quant.scale.is_empty() && quant.details.is_none() {
                tensor.quant = None;
            }
        }
    }
}
