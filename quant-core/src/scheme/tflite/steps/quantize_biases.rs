//! `QuantizeBiases`: integers of the scale of the sums, that of the input times that of the weights.

use quant_ir::error::{Error, Problem, Result};
use quant_ir::{Builtin, DType, OpId, QuantParam, TensorId, place};

use super::ensure_bias_scale::wrong_length;
use super::params;
use super::work::Work;

/// Quantizes biases that are not yet.
///
/// # Errors
/// A bias of another number of elements than there are channels, operands without parameters.
pub fn run(work: &mut Work) -> Result<()> {
    for index in 0..work.plans.len() {
        let Some(rule) = work.plans[index].rule() else {
            continue;
        };
        let op = work.graph().operator(OpId(index));
        let (Some((input, filter, _)), Some(bias)) = (rule.weights(), rule.bias.and_then(|at| op.input(at)))
        else {
            continue;
        };
        if !work.is_constant(bias) {
            continue;
        }
        let (Some(input), Some(filter)) = (op.input(input), op.input(filter)) else {
            return Err(Error::new(
                place(work.graph(), op),
                Problem::Missing("a bias without input or filter".into()),
                "convert the model again",
            ));
        };
        let dtype = dtype(work, op.code.builtin);
        quantize(work, input, filter, bias, dtype)?;
    }
    Ok(())
}

/// No kernel of `DEPTHWISE_CONV_2D` adds 32-bit biases to sums of 16-bit products.
fn dtype(work: &Work, builtin: Builtin) -> DType {
    match work.activations {
        DType::Int16 if builtin == Builtin::DEPTHWISE_CONV_2D && !work.options.compat => DType::Int64,
        DType::Int16 => work.options.bias,
        _ => DType::Int32,
    }
}

fn quantize(work: &mut Work, input: TensorId, filter: TensorId, bias: TensorId, dtype: DType) -> Result<()> {
    let input = work.scale(input)?;
    // A filter that has none is an error that names it.
    work.scale(filter)?;
    let scales: Vec<f32> = match &work.tensor(filter).quant {
        Some(quant) => quant.scale.iter().map(|filter| input * filter).collect(),
        None => Vec::new(),
    };
    let values = work.floats(bias)?;
    let one = scales.len() == 1;
    if !one && scales.len() != values.len() {
        return Err(wrong_length(work, bias, scales.len()));
    }
    let inverses: Vec<f32> = scales.iter().map(|scale| params::reciprocal(*scale)).collect();
    let value = |(at, x): (usize, f32)| params::bias(x, inverses[if one { 0 } else { at }], dtype);
    let integers: Vec<i64> = values.into_iter().enumerate().map(value).collect();
    let rank = work.tensor(bias).shape.len();
    let quant = QuantParam {
        zero_point: vec![0; scales.len()],
        quantized_dimension: if one { 0 } else { rank.saturating_sub(1) as i32 },
        scale: scales,
        ..QuantParam::default()
    };
    work.store(bias, dtype, &integers, quant);
    Ok(())
}
