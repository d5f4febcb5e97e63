//! Activations that a model has, and bounds.

use quant_ir::{Builtin, DType, Options, Result, TensorId};
use quant_lower::{Stored, options};

use super::op::Op;
use quant_lower::elementwise::{alike, unary};

/// Bounds: RELU and its kind where they fit, else MAXIMUM and MINIMUM.
pub(super) fn clip(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let x = op.stored(0)?;
    let dtype = op.builder.dtype(x.id);
    if dtype != DType::Float32 || op.opset >= 11 && bounds_are_computed(op) {
        return clip_by(op);
    }
    let (low, high) = if op.opset < 11 {
        (op.node.float("min")?, op.node.float("max")?)
    } else {
        let first = |floats: Option<Vec<f32>>| floats.and_then(|floats| floats.first().copied());
        (first(op.maybe_floats(1)?), first(op.maybe_floats(2)?))
    };
    bounded(
        op,
        x,
        low.filter(|low| *low > f32::MIN),
        high.filter(|high| *high < f32::MAX),
    )
}

/// `x` between two numbers.
fn bounded(op: &mut Op<'_>, x: Stored, low: Option<f32>, high: Option<f32>) -> Result<Vec<Stored>> {
    let one = |op: &mut Op<'_>, builtin| op.last(builtin, &[x.id], Options::default(), x.channels_last);
    match (low, high) {
        (Some(0.0), Some(6.0)) => one(op, Builtin::RELU6),
        (Some(-1.0), Some(1.0)) => one(op, Builtin::RELU_N1_TO_1),
        (Some(0.0), None) => one(op, Builtin::RELU),
        (None, None) => Ok(vec![x]),
        (Some(low), None) => {
            let low = op.scalar("min", low)?;
            op.last(
                Builtin::MAXIMUM,
                &[x.id, low],
                Options::default(),
                x.channels_last,
            )
        }
        (None, Some(high)) => {
            let high = op.scalar("max", high)?;
            op.last(
                Builtin::MINIMUM,
                &[x.id, high],
                Options::default(),
                x.channels_last,
            )
        }
        (Some(low), Some(high)) => {
            let low = op.scalar("min", low)?;
            let raised = op.step("raised", Builtin::MAXIMUM, &[x.id, low], Options::default())?;
            let high = op.scalar("max", high)?;
            op.last(
                Builtin::MINIMUM,
                &[raised, high],
                Options::default(),
                x.channels_last,
            )
        }
    }
}

fn bounds_are_computed(op: &Op<'_>) -> bool {
    let mut bounds = [1, 2].into_iter().filter_map(|index| op.optional(index));
    bounds.any(|bound| !op.builder.is_constant(bound.id))
}

/// Bounds that are computed, or of integers.
fn clip_by(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let present: Vec<usize> = [0, 1, 2]
        .into_iter()
        .filter(|index| op.optional(*index).is_some())
        .collect();
    let (ids, channels_last) = alike(op, &present)?;
    let mut value = Stored {
        id: ids.first().copied().unwrap_or(op.stored(0)?.id),
        channels_last,
    };
    let bounds: Vec<(usize, TensorId)> = present.iter().copied().zip(ids).skip(1).collect();
    for (at, (index, bound)) in bounds.iter().enumerate() {
        let builtin = if *index == 1 {
            Builtin::MAXIMUM
        } else {
            Builtin::MINIMUM
        };
        if at.saturating_add(1) == bounds.len() {
            return op.last(builtin, &[value.id, *bound], Options::default(), channels_last);
        }
        value.id = op.step("raised", builtin, &[value.id, *bound], Options::default())?;
    }
    Ok(vec![value])
}

/// `max(alpha · x, x)`.
pub(super) fn leaky_relu(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let alpha = op.float("alpha", 0.01)?;
    unary(
        op,
        Builtin::LEAKY_RELU,
        options!(LeakyReluOptions: LeakyReluOptionsT { alpha: alpha }),
    )
}

/// `x` for `x ≥ 0`, else a slope that broadcasts times `x`.
pub(super) fn prelu(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let (ids, channels_last) = alike(op, &[0, 1])?;
    let &[x, mut slope] = ids.as_slice() else {
        return op.refuse("it has another number of inputs", "give two");
    };
    // A model's slope has one dimension less than the value.
    let shape = op.builder.shape(slope);
    let rank = op.builder.shape(x).len();
    if let Some((1, rest)) = shape.split_first().map(|(first, rest)| (*first, rest))
        && shape.len() == rank
    {
        let name = op.part("slope");
        slope = op.builder.reshape(slope, rest, &name)?;
    }
    op.last(Builtin::PRELU, &[x, slope], Options::default(), channels_last)
}

/// `alpha · x + beta`, between 0 and 1.
pub(super) fn hard_sigmoid(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let x = op.stored(0)?;
    let (alpha, beta) = (op.float("alpha", 0.2)?, op.float("beta", 0.5)?);
    let (alpha, beta) = (op.scalar("alpha", alpha)?, op.scalar("beta", beta)?);
    let scaled = op.mul("scaled", x.id, alpha)?;
    let id = op.add("shifted", scaled, beta)?;
    let shifted = Stored {
        id,
        channels_last: x.channels_last,
    };
    bounded(op, shifted, Some(0.0), Some(1.0))
}

/// `x · Φ(x)`, or its approximation with a tanh.
pub(super) fn gelu(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let approximate = op.text("approximate", "none")? == "tanh";
    unary(
        op,
        Builtin::GELU,
        options!(GeluOptions: GeluOptionsT { approximate: approximate }),
    )
}
