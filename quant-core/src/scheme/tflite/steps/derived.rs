//! Biases of LSTM and SVDF, whose scales are products of the scales of other operands (`GetEffectiveScale`).

use quant_ir::error::{Error, Problem, Result};
use quant_ir::{DType, Operator, QuantParam, TensorId, place};

use super::params;
use super::rule::Kind;
use super::work::Work;

/// Layer normalization computes with ten bits behind the point.
const NORMALIZED: f32 = 1.0 / 1024.0;

/// Quantizes such a bias.
///
/// # Errors
/// An operand or intermediate result without a scale.
pub fn bias(work: &mut Work, op: &Operator, id: TensorId, kind: Kind) -> Result<()> {
    let operand = |at: usize| op.input(at);
    let (factors, last) = match kind {
        Kind::SvdfBias => ([operand(2), operand(4)], 1.0),
        // The scales of layer normalization alone: those of input and weights are gone behind it.
        Kind::GateBias(gate) if operand(21).is_some() => ([operand(20 + gate), None], NORMALIZED),
        Kind::GateBias(gate) => ([operand(0), operand(1 + gate)], 1.0),
        _ => ([operand(16), hidden(work, op)], 1.0),
    };
    if factors.iter().all(Option::is_none) {
        return Err(Error::new(
            place(work.graph(), op),
            Problem::Parameters("the scale of a bias is that of operands that it does not have".into()),
            "convert the model again",
        ));
    }
    let mut scale = 1.0_f32;
    for factor in factors.into_iter().flatten() {
        scale *= work.scale(factor)?;
    }
    scale *= last;
    let inverse = params::reciprocal(scale);
    let integers: Vec<i64> = work
        .floats(id)?
        .into_iter()
        .map(|x| params::bias(x, inverse, DType::Int32))
        .collect();
    let old = work.tensor(id).quant.clone().unwrap_or_default();
    let quant = QuantParam {
        min: old.min,
        max: old.max,
        ..params::one(scale, 0)
    };
    work.store(id, DType::Int32, &integers, quant);
    Ok(())
}

/// The hidden state, before projection if there is one.
pub fn hidden(work: &Work, op: &Operator) -> Option<TensorId> {
    let number = *op.intermediates.as_ref()?.get(4)?;
    let number = usize::try_from(number).ok()?;
    (number < work.graph().tensors().len()).then_some(TensorId(number))
}
