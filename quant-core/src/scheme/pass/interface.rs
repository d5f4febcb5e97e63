//! Steps 11 and 12: graph inputs and outputs get the types that the caller wants.

use std::collections::BTreeMap;

use super::Context;
use super::rewrite::conversion;
use crate::scheme::rule::OutputRange;
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{Builtin, DType, Operator, QuantParam, TensorId};

/// Changes the types of graph inputs: a Quantize behind the input brings it to the type that the graph
/// computes with. An empty list changes nothing.
///
/// # Errors
/// A wrong number of types, a type for an input that is not float in the float model, or not possible.
pub fn inputs(context: &mut Context<'_>) -> Result<()> {
    let types = context.config.input_types.as_slice();
    let ids = context.graph().inputs().to_vec();
    let wanted = expand(context, &ids, types, "input")?;
    let mut first: Vec<Operator> = Vec::new();
    // An input may be listed several times; each Quantize reads what the next one makes.
    let mut last: BTreeMap<TensorId, usize> = BTreeMap::new();
    for (id, wanted) in ids.into_iter().zip(wanted) {
        let tensor = context.tensor(id);
        if wanted == tensor.dtype {
            continue;
        }
        let (dtype, quant) = (tensor.dtype, tensor.quant.clone());
        let quantized = context.converted(id, Builtin::QUANTIZE, dtype, quant.clone());
        match last.insert(id, first.len()) {
            Some(before) => first[before].inputs = vec![Some(quantized)],
            // Graph outputs too: a tensor that is both keeps the graph's type on its way out.
            None => context.redirect(id, quantized),
        }
        first.push(conversion(Builtin::QUANTIZE, id, quantized));
        let quant = quant.unwrap_or_default();
        let quant = match context.decisions().activations(wanted) {
            Some(encoding) => context.parameters(&quant, encoding, OutputRange::Recorded),
            None => QuantParam {
                min: quant.min,
                max: quant.max,
                ..QuantParam::default()
            },
        };
        let input = context.tensor_mut(id);
        input.dtype = wanted;
        input.quant = Some(quant);
    }
    first.reverse();
    context.rewrite(first, |context, op, setting| context.push(op, setting).map(drop))
}

/// Changes the types of graph outputs: a Dequantize (float32) or Quantize at the end.
///
/// # Errors
/// As for [`inputs`].
pub fn outputs(context: &mut Context<'_>) -> Result<()> {
    let types = context.config.output_types.as_slice();
    let mut ids = context.graph().outputs().to_vec();
    let wanted = expand(context, &ids, types, "output")?;
    // A tensor may be listed several times, with a type each; signatures have the first.
    let mut made: BTreeMap<(TensorId, &str), TensorId> = BTreeMap::new();
    let mut first: BTreeMap<TensorId, TensorId> = BTreeMap::new();
    for (output, wanted) in ids.iter_mut().zip(wanted) {
        let id = *output;
        let tensor = context.tensor(id);
        let quantized = tensor.quant.as_ref().is_some_and(|quant| !quant.scale.is_empty());
        if wanted != tensor.dtype && quantized {
            *output = match (
                made.get(&(id, wanted.word())),
                context.decisions().activations(wanted),
            ) {
                (Some(known), _) => *known,
                (None, Some(encoding)) => context.quantize(id, encoding)?,
                (None, None) => context.convert(id, Builtin::DEQUANTIZE, DType::Float32, None)?,
            };
            made.insert((id, wanted.word()), *output);
        }
        first.entry(id).or_insert(*output);
    }
    context.model.main_mut().set_outputs(ids)?;
    context
        .model
        .redirect_signatures(|output| first.get(&output).copied().unwrap_or(output));
    Ok(())
}

/// One type for each interface tensor. A single type holds for all quantized tensors; others keep theirs.
fn expand(
    context: &Context<'_>,
    ids: &[TensorId],
    types: &[DType],
    what: &'static str,
) -> Result<Vec<DType>> {
    let own = ids.iter().map(|id| context.tensor(*id).dtype);
    let is_float = |id: &TensorId| context.is_quantized_activation(*id);
    match types {
        [] => return Ok(own.collect()),
        [one] => {
            let mut floats = ids.iter().filter(|id| is_float(id));
            let real = can_be(context, *one);
            // Without a float tensor, the one type may be that of all.
            let other = floats.next().is_none() && own.clone().all(|own| own == *one);
            if !real && !other {
                return Err(wrong_type(context, format!("--{what}-type").into(), *one));
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
            can_be(context, *wanted)
        } else {
            *wanted == own
        };
        if !allowed {
            let place = Place::tensor(what, &context.tensor(*id).name).numbered(id.0);
            return Err(wrong_type(context, place, *wanted));
        }
    }
    Ok(types.to_vec())
}

/// Whether a float tensor of the interface can be of the type.
fn can_be(context: &Context<'_>, dtype: DType) -> bool {
    dtype == DType::Float32 || context.decisions().activations(dtype).is_some()
}

fn wrong_type(context: &Context<'_>, place: Place, found: DType) -> Error {
    let integers = [DType::Uint8, DType::Int8, DType::Int16];
    let words: Vec<&str> = integers
        .into_iter()
        .filter(|dtype| can_be(context, *dtype))
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
