//! What a model holds, tensor by tensor, in the form of goldens.

use quant_types::golden::{Numbers, Tensor as Golden};

use crate::quantized::values;
use quant_interp::constant;
use quant_ir::error::Result;
use quant_ir::limits::{MAX_LIVE_ELEMENTS, at_most};
use quant_ir::value::Data;
use quant_ir::{Model, Tensor};

/// Every tensor of the main graph, in the order of the graph, under its label ([`quant_ir::Graph::labels`]: its name,
/// with its number where the name repeats), with all that it has.
///
/// # Errors
/// A constant that does not fit its shape or has no values here.
pub fn tensors(model: &Model) -> Result<Vec<(String, Golden)>> {
    let mut elements = 0usize;
    let mut dump = Vec::with_capacity(model.main().tensors().len());
    for (tensor, label) in model.main().tensors().iter().zip(model.main().labels()) {
        let golden = self::tensor(model, tensor)?;
        // Tensors may share a buffer: the file does not bound what is shown.
        elements = elements.saturating_add(golden.weights.as_ref().map_or(0, Numbers::len));
        at_most(MAX_LIVE_ELEMENTS, elements, "constants", "elements")?;
        dump.push((label, golden));
    }
    Ok(dump)
}

/// One tensor.
///
/// # Errors
/// As [`tensors`].
pub fn tensor(model: &Model, tensor: &Tensor) -> Result<Golden> {
    let weights = match tensor.dtype {
        packed if packed.is_packed() => values::map(model, tensor, |_, q| q)?.map(Numbers::Int),
        _ => constant(model, tensor)?.map(|value| match &value.data {
            Data::F32(data) => Numbers::Float(data.to_vec()),
            Data::F16(data) => Numbers::Float(data.iter().map(|x| x.to_f32()).collect()),
            _ => Numbers::Int(value.to_i64().unwrap_or_default()),
        }),
    };
    let quant = tensor.quant.as_ref();
    let some = |list: &Vec<f32>| (!list.is_empty()).then(|| list.clone());
    Ok(Golden {
        dtype: Some(tensor.dtype.word().to_owned()),
        shape: tensor
            .shape
            .iter()
            .map(|d| usize::try_from(*d).unwrap_or(0))
            .collect(),
        weights,
        min: quant.and_then(|quant| some(&quant.min)),
        max: quant.and_then(|quant| some(&quant.max)),
        scale: quant.and_then(|quant| some(&quant.scale)),
        zero_point: quant
            .map(|quant| quant.zero_point.clone())
            .filter(|list| !list.is_empty()),
        quantized_dimension: quant.map(|quant| quant.quantized_dimension),
    })
}
