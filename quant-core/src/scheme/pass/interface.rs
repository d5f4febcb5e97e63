//! Steps 11 and 12: graph inputs and outputs get the types that the caller wants.

use super::Context;
use crate::scheme::rule::OutputRange;
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{Builtin, DType, QuantParam, TensorId};

/// Changes the types of graph inputs: a Quantize behind the input brings it to the type that the graph
/// computes with. An empty list changes nothing.
///
/// # Errors
/// A wrong number of types, a type for an input that is not float in the float model, or not possible.
pub fn inputs(walk: &mut Context<'_>) -> Result<()> {
    let types = walk.config.input_types.as_slice();
    let ids = walk.graph().inputs.clone();
    for (id, wanted) in ids.iter().copied().zip(expand(walk, &ids, types, "input")?) {
        if wanted == walk.tensor(id).dtype {
            continue;
        }
        let tensor = walk.tensor(id).clone();
        let name = crate::quantize::constant::quantize_name(&tensor.name);
        let quantized = walk.insert_convert(
            0,
            id,
            &name,
            Builtin::QUANTIZE,
            tensor.dtype,
            tensor.quant.clone(),
        );
        // Graph outputs too: a tensor that is both keeps the graph's type on its way out.
        walk.redirect(1, id, quantized);
        let quant = tensor.quant.unwrap_or_default();
        let quant = match walk.scheme().activations(wanted) {
            Some(encoding) => walk.parameters(&quant, encoding, OutputRange::Recorded),
            None => QuantParam {
                min: quant.min,
                max: quant.max,
                ..QuantParam::default()
            },
        };
        let input = walk.tensor_mut(id);
        input.dtype = wanted;
        input.quant = Some(quant);
    }
    Ok(())
}

/// Changes the types of graph outputs: a Dequantize (float32) or Quantize at the end.
///
/// # Errors
/// As for [`inputs`].
pub fn outputs(walk: &mut Context<'_>) -> Result<()> {
    let types = walk.config.output_types.as_slice();
    let ids = walk.graph().outputs.clone();
    // A tensor may be listed several times, with a type each.
    let mut made: Vec<((TensorId, DType), TensorId)> = Vec::new();
    for (at, wanted) in expand(walk, &ids, types, "output")?.into_iter().enumerate() {
        let id = ids[at];
        let tensor = walk.tensor(id).clone();
        let quantized = tensor.quant.as_ref().is_some_and(|quant| !quant.scale.is_empty());
        if wanted == tensor.dtype || !quantized {
            continue;
        }
        let known = made
            .iter()
            .find(|(what, _)| *what == (id, wanted))
            .map(|(_, to)| *to);
        let to = known.unwrap_or_else(|| {
            let end = walk.graph().operators.len();
            if let Some(encoding) = walk.scheme().activations(wanted) {
                let name = crate::quantize::constant::quantize_name(&tensor.name);
                walk.insert_quantize(end, id, &name, encoding)
            } else {
                let name = format!("{}_Dequantize", tensor.name);
                walk.insert_convert(end, id, &name, Builtin::DEQUANTIZE, DType::Float32, None)
            }
        });
        made.push(((id, wanted), to));
        walk.model.main_mut().outputs[at] = to;
        if !ids[..at].contains(&id) {
            walk.redirect_signatures(id, to);
        }
    }
    Ok(())
}

/// One type for each interface tensor. A single type holds for all quantized tensors; others keep theirs.
fn expand(walk: &Context<'_>, ids: &[TensorId], types: &[DType], what: &'static str) -> Result<Vec<DType>> {
    let own = ids.iter().map(|id| walk.tensor(*id).dtype);
    let is_float = |id: &TensorId| walk.is_quantized_activation(*id);
    match types {
        [] => return Ok(own.collect()),
        [one] => {
            let mut floats = ids.iter().filter(|id| is_float(id));
            let real = can_be(walk, *one);
            // Without a float tensor, the one type may be that of all.
            let other = floats.next().is_none() && own.clone().all(|own| own == *one);
            if !real && !other {
                return Err(wrong_type(walk, format!("--{what}-type").into(), *one));
            }
            return Ok(ids
                .iter()
                .zip(own)
                .map(|(id, own)| if is_float(id) { *one } else { own })
                .collect());
        }
        _ if types.len() != ids.len() => {
            return Err(Error::new(
                format!("{what} types"),
                Problem::Count(format!(
                    "{} types are given, the model has {} {what}s",
                    types.len(),
                    ids.len()
                )),
                format!("give one type for all, or one for each {what}"),
            ));
        }
        _ => {}
    }
    for ((id, own), wanted) in ids.iter().zip(own).zip(types) {
        let allowed = if is_float(id) {
            can_be(walk, *wanted)
        } else {
            *wanted == own
        };
        if !allowed {
            let place = Place::tensor(what, &walk.tensor(*id).name).numbered(id.0);
            return Err(wrong_type(walk, place, *wanted));
        }
    }
    Ok(types.to_vec())
}

/// Whether a float tensor of the interface can be of the type.
fn can_be(walk: &Context<'_>, dtype: DType) -> bool {
    dtype == DType::Float32 || walk.scheme().activations(dtype).is_some()
}

fn wrong_type(walk: &Context<'_>, place: Place, found: DType) -> Error {
    let integers = [DType::Uint8, DType::Int8, DType::Int16];
    let words: Vec<&str> = integers
        .into_iter()
        .filter(|dtype| can_be(walk, *dtype))
        .map(DType::word)
        .collect();
    Error::new(
        place,
        Problem::Type(format!("{found} is not a type it can have")),
        format!(
            "float tensors can be {} or float32; others keep their type",
            words.join(", ")
        ),
    )
}
