//! Step 9: a bias becomes integers of scale `s_input · s_weights`, which the accumulator has.

use super::Context;
use crate::quantize::constant;
use crate::scheme::setting::Per;
use quant_interp::ops;
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{QuantParam, TensorId};
use quant_numeric::affine::inv_scale;
use quant_numeric::round::half_away_f32;

/// Quantizes every float bias. Values that do not fit the bias type are clipped with `saturate`.
///
/// # Errors
/// Input or weights without parameters, a bias of another length than there are channels, a value that does
/// not fit the bias type unless `saturate` (the original casts, and gets anything).
pub fn quantize(context: &mut Context<'_>, saturate: bool) -> Result<()> {
    for op in 0..context.graph().operators().len() {
        let Some(weights) = context.rule(op).weights else {
            continue;
        };
        let operator = &context.graph().operators()[op];
        let Some(bias) = operator
            .input(weights.bias)
            .filter(|id| context.is_float_const(*id))
        else {
            continue;
        };
        let scale = |input: usize| {
            let tensor = context.tensor(operator.input(input)?);
            tensor
                .quant
                .as_ref()
                .map(|quant| quant.scale.clone())
                .filter(|scale| !scale.is_empty())
        };
        let (Some(inputs), Some(filters)) = (scale(weights.input), scale(weights.filter)) else {
            return Err(Error::new(
                ops::place(context.graph(), operator),
                Problem::Parameters("its bias cannot be quantized: input or weights have no scale".into()),
                "record ranges for every input, and keep weights in float32 constants",
            ));
        };
        let scales: Vec<f32> = filters.iter().map(|filter| inputs[0] * filter).collect();
        store(context, op, bias, scales, saturate)?;
    }
    Ok(())
}

fn store(
    context: &mut Context<'_>,
    op: usize,
    bias: TensorId,
    scales: Vec<f32>,
    saturate: bool,
) -> Result<()> {
    let encoding = context.settings[op].bias;
    let values = constant::floats(context.model, bias)?;
    let tensor = context.tensor(bias);
    let place = Place::tensor("bias", &tensor.name).numbered(bias.0);
    let per_channel = encoding.granularity != Per::Tensor;
    if tensor.shape.is_empty() || (per_channel && values.len() != scales.len()) {
        return Err(Error::new(
            place,
            Problem::Shape(format!(
                "shape {:?} does not fit {} channels",
                tensor.shape,
                scales.len()
            )),
            "give the bias the shape [channels]",
        ));
    }
    let quantized_dimension = if per_channel {
        tensor.shape.len() as i32 - 1
    } else {
        0
    };
    let dtype = encoding.dtype;
    let (_, last) = encoding.limits();
    // One above the largest integer: f32 has no number between.
    let limit = last as f32;
    let mut integers = Vec::with_capacity(values.len());
    for (element, x) in values.into_iter().enumerate() {
        let scale = scales[if per_channel { element } else { 0 }];
        let inv = if scale == 0.0 { 0.0 } else { inv_scale(scale) };
        let q = half_away_f32(x * inv);
        let fits = q > -limit && q < limit;
        if !fits && !saturate {
            return Err(Error::new(
                place,
                Problem::Overflow {
                    element,
                    value: x,
                    steps: q,
                    scale,
                    dtype,
                },
                "the input's or the channel's range is tiny against the bias: record with data that moves it, quantize to int16, or clip with --saturate-bias",
            ));
        }
        integers.push((q as i64).clamp(-last, last));
    }
    context.store_ints(bias, dtype, &integers);
    context.tensor_mut(bias).quant = Some(QuantParam {
        zero_point: vec![0; scales.len()],
        scale: scales,
        quantized_dimension,
        ..QuantParam::default()
    });
    Ok(())
}
