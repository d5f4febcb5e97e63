//! Step 2: operators with a type of their own get a Quantize before each input and behind each output.

use std::collections::BTreeMap;

use super::Context;
use crate::scheme::setting::Encoding;
use quant_interp::ops::{self};
use quant_ir::Operator;
use quant_ir::error::{Error, Problem, Result};

/// Inserts the Quantize operators. An input that is read twice gets one, and each output gets one too
/// (the original forgets the outputs of a binary operator that reads one tensor twice).
pub fn insert(context: &mut Context<'_>) -> Result<()> {
    let default = context.config.setting.activations;
    context.rewrite(Vec::new(), |context, mut op, setting| {
        if setting.activations == default || setting.activations.is_float() {
            return context.push(op, setting).map(drop);
        }
        quantize_inputs(context, &mut op, setting.activations)?;
        let outputs = op.outputs.clone();
        context.push(op, setting)?;
        // Behind each quantized output, one back to the default type.
        for id in outputs {
            if context.is_quantized_activation(id) {
                let quantized = context.quantize(id, default)?;
                context.redirect(id, quantized);
            }
        }
        Ok(())
    })
}

/// Puts a Quantize to the operator's type before each quantized input.
fn quantize_inputs(context: &mut Context<'_>, op: &mut Operator, encoding: Encoding) -> Result<()> {
    let rule = context.decisions().table().rule(op.code.builtin);
    let Some(wanted) = rule.mixed.inputs(op.inputs.len()) else {
        let name = op.outputs.first().map(|id| context.tensor(*id).name.as_str());
        return Err(Error::new(
            ops::place(context.graph(), op).numbered(context.graph().operators().len()),
            Problem::NoRule(format!(
                "Unsupported Op for mixed-precision quantization. Layer name: {}",
                name.unwrap_or_default()
            )),
            "remove the layer from the quantization configuration",
        ));
    };
    let mut quantized = BTreeMap::new();
    for id in wanted.into_iter().filter_map(|input| op.input(input)) {
        if !quantized.contains_key(&id) && context.is_quantized_activation(id) {
            quantized.insert(id, context.quantize(id, encoding)?);
        }
    }
    for read in op.inputs.iter_mut().flatten() {
        *read = quantized.get(read).copied().unwrap_or(*read);
    }
    Ok(())
}
