//! Step 2: operators with a type of their own get a Quantize before each input and behind each output.

use super::Context;
use quant_interp::ops::{self};
use quant_ir::TensorId;
use quant_ir::error::{Error, Problem, Result};

/// Inserts the Quantize operators. An input that is read twice gets one, and each output gets one too
/// (the original forgets the outputs of a binary operator that reads one tensor twice).
pub fn insert(walk: &mut Context<'_>) -> Result<()> {
    let mut op = 0;
    while op < walk.graph().operators.len() {
        if walk.settings[op].activations == walk.config.setting.activations {
            op += 1;
            continue;
        }
        let inputs = quantize_inputs(walk, op)?;
        op += inputs;
        op += 1 + quantize_outputs(walk, op);
    }
    Ok(())
}

/// Puts a Quantize to the operator's type before each quantized input; returns how many.
fn quantize_inputs(walk: &mut Context<'_>, op: usize) -> Result<usize> {
    let operator = &walk.graph().operators[op];
    let Some(wanted) = walk.rule(op).mixed.inputs(operator.inputs.len()) else {
        let name = operator.outputs.first().map(|id| walk.tensor(*id).name.as_str());
        return Err(Error::new(
            ops::place(walk.graph(), operator),
            Problem::NoRule(format!(
                "Unsupported Op for mixed-precision quantization. Layer name: {}",
                name.unwrap_or_default()
            )),
            "remove the layer from the quantization configuration",
        ));
    };
    let encoding = walk.settings[op].activations;
    let mut inserted = 0;
    let mut done: Vec<TensorId> = Vec::new();
    for input in wanted {
        let Some(id) = walk.graph().operators[op + inserted].input(input) else {
            continue;
        };
        if done.contains(&id) || !walk.is_quantized_activation(id) {
            continue;
        }
        let name = crate::quantize::constant::quantize_name(&walk.tensor(id).name);
        let quantized = walk.insert_quantize(op + inserted, id, &name, encoding);
        inserted += 1;
        let reader = &mut walk.model.main_mut().operators[op + inserted];
        for used in reader.inputs.iter_mut().flatten().filter(|used| **used == id) {
            *used = quantized;
        }
        done.push(quantized);
    }
    Ok(inserted)
}

/// Puts a Quantize back to the default type behind each quantized output; returns how many.
fn quantize_outputs(walk: &mut Context<'_>, op: usize) -> usize {
    let mut inserted = 0;
    for id in walk.graph().operators[op].outputs.clone() {
        if !walk.is_quantized_activation(id) {
            continue;
        }
        let name = crate::quantize::constant::quantize_name(&walk.tensor(id).name);
        let at = op + 1 + inserted;
        let encoding = walk.config.setting.activations;
        let quantized = walk.insert_quantize(at, id, &name, encoding);
        walk.redirect(at + 1, id, quantized);
        inserted += 1;
    }
    inserted
}
