//! Normalizations.

use quant_ir::{Builtin, Options, Result, TensorId};
use quant_lower::{Stored, add, mul, options};

use super::op::Op;

/// Numbers for each channel as they broadcast against the value.
fn by_channel(op: &mut Op<'_>, part: &str, values: &[f32], x: Stored) -> Result<TensorId> {
    let rank = op.builder.shape(x.id).len();
    let count = values.len();
    let shape: Vec<usize> = if x.channels_last || rank <= 2 {
        vec![count]
    } else {
        [count]
            .into_iter()
            .chain(std::iter::repeat_n(1, rank.saturating_sub(2)))
            .collect()
    };
    let name = format!("{}/{part}", op.label);
    op.builder.floats(&name, &shape, values)
}

/// BatchNormalization: a factor and an addend for each channel, which the layer before it takes where there is one.
#[allow(clippy::arithmetic_side_effects)] // floats
pub(super) fn batch(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let epsilon = op.float("epsilon", 1e-5)?;
    if op.int("training_mode", 0)? != 0 {
        return op.refuse(
            "a normalization that is trained",
            "export the model for inference",
        );
    }
    let mut parameters = Vec::new();
    for index in 1..5 {
        let floats = op.maybe_floats(index)?;
        let Some(floats) = floats else {
            op.stored(index)?;
            continue;
        };
        parameters.push(floats);
    }
    let [scale, bias, mean, variance] = parameters.as_slice() else {
        return op.refuse("it has another number of inputs", "give five");
    };
    let channels = op.shape(0)?.get(1).copied().unwrap_or_default();
    if [scale, bias, mean, variance]
        .iter()
        .any(|floats| floats.len() != channels)
    {
        return op.refuse(
            format!("parameters for another number than {channels} channels"),
            "export the model again",
        );
    }
    let x = op.stored(0)?;
    let factors: Vec<f32> = scale
        .iter()
        .zip(variance)
        .map(|(scale, variance)| scale / (variance + epsilon).sqrt())
        .collect();
    let addends = bias
        .iter()
        .zip(mean)
        .zip(&factors)
        .map(|((bias, mean), factor)| bias - mean * factor);
    let addends: Vec<f32> = addends.collect();
    let factors = by_channel(op, "factors", &factors, x)?;
    let addends = by_channel(op, "addends", &addends, x)?;
    let scaled = op.mul("scaled", x.id, factors)?;
    op.last(Builtin::ADD, &[scaled, addends], add(), x.channels_last)
}

/// The value less its mean, and one by its deviation, over these axes of the tensor.
fn centred(op: &mut Op<'_>, id: TensorId, axes: &[usize], epsilon: f32) -> Result<[TensorId; 3]> {
    let axes = op.sizes("axes", axes)?;
    let keep = || options!(ReducerOptions: ReducerOptionsT { keep_dims: true });
    let mean = op.step("mean", Builtin::MEAN, &[id, axes], keep())?;
    let centred = op.sub("centred", id, mean)?;
    let squares = op.step(
        "squares",
        Builtin::SQUARED_DIFFERENCE,
        &[id, mean],
        Options::default(),
    )?;
    let variance = op.step("variance", Builtin::MEAN, &[squares, axes], keep())?;
    let epsilon = op.scalar("epsilon", epsilon)?;
    let raised = op.add("raised", variance, epsilon)?;
    let by = op.step("by", Builtin::RSQRT, &[raised], Options::default())?;
    Ok([mean, centred, by])
}

/// InstanceNormalization: over the image of each channel.
pub(super) fn instance(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let rank = op.shape(0)?.len();
    if rank < 3 {
        return op.refuse("an image without sizes", "give batch, channels and sizes");
    }
    let image = op.image(0)?;
    let axes: Vec<usize> = (1..rank.saturating_sub(1)).collect();
    let epsilon = op.float("epsilon", 1e-5)?;
    let [_, value, by] = centred(op, image, &axes, epsilon)?;
    let normal = op.mul("normal", value, by)?;
    let (scale, bias) = (op.input(1)?, op.input(2)?);
    let scaled = op.mul("scaled", normal, scale)?;
    op.last(Builtin::ADD, &[scaled, bias], add(), true)
}

/// LayerNormalization: over the dimensions from `axis` on.
pub(super) fn layer(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let id = op.input(0)?;
    let rank = op.builder.shape(id).len();
    let first = op.axis(op.int("axis", -1)?, rank)?;
    let axes: Vec<usize> = (first..rank).collect();
    let epsilon = op.float("epsilon", 1e-5)?;
    let [mean, value, by] = centred(op, id, &axes, epsilon)?;
    let normal = op.mul("normal", value, by)?;
    let scale = op.input(1)?;
    let mut outputs = if op.optional(2).is_some() {
        let scaled = op.mul("scaled", normal, scale)?;
        let bias = op.input(2)?;
        op.last(Builtin::ADD, &[scaled, bias], add(), false)?
    } else {
        op.last(Builtin::MUL, &[normal, scale], mul(), false)?
    };
    outputs.extend([mean, by].map(|id| Stored {
        id,
        channels_last: false,
    }));
    Ok(outputs)
}

/// LRN: `x / (bias + alpha / size · Σ x²)^beta` over neighbouring channels.
#[allow(clippy::arithmetic_side_effects, clippy::as_conversions)] // floats
pub(super) fn response(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let size = op.int("size", 0)?;
    if size < 1 || size.rem_euclid(2) == 0 {
        return op.refuse(format!("a window of {size} channels"), "models have odd ones");
    }
    let image = op.image(0)?;
    let options = options!(LocalResponseNormalizationOptions: LocalResponseNormalizationOptionsT {
        radius: op.fit("size", (size - 1).div_euclid(2))?,
        bias: op.float("bias", 1.0)?,
        alpha: op.float("alpha", 1e-4)? / size as f32,
        beta: op.float("beta", 0.75)?,
    });
    op.last(Builtin::LOCAL_RESPONSE_NORMALIZATION, &[image], options, true)
}

/// Softmax and LogSoftmax: along one dimension, or (before 13) along all from `axis` on.
pub(super) fn softmax(op: &mut Op<'_>, builtin: Builtin) -> Result<Vec<Stored>> {
    let options = || match builtin {
        Builtin::SOFTMAX => options!(SoftmaxOptions: SoftmaxOptionsT { beta: 1.0 }),
        _ => Options::default(),
    };
    let shape = op.shape(0)?;
    let rank = shape.len();
    let default = if op.opset < 13 { 1 } else { -1 };
    let axis = op.axis(op.int("axis", default)?, rank)?;
    let x = op.stored(0)?;
    if x.channels_last && axis == 1 && op.opset >= 13 {
        return op.last(builtin, &[x.id], options(), true);
    }
    let id = op.input(0)?;
    if axis.saturating_add(1) == rank {
        return op.last(builtin, &[id], options(), false);
    }
    if op.opset < 13 {
        let (before, behind) = shape.split_at_checked(axis).unwrap_or_default();
        let flat = [before.iter().product(), behind.iter().product()];
        let name = op.part("flat");
        let flat = op.builder.reshape(id, &flat, &name)?;
        let made = op.step("of_flat", builtin, &[flat], options())?;
        let name = op.name();
        let id = op.builder.reshape(made, &shape, &name)?;
        return Ok(super::op::plain(id));
    }
    let mut order: Vec<usize> = (0..rank).filter(|at| *at != axis).collect();
    order.push(axis);
    let name = op.part("ordered");
    let ordered = op.builder.transpose_named(id, &order, &name)?;
    let made = op.step("of_ordered", builtin, &[ordered], options())?;
    let back: Vec<usize> = (0..rank)
        .filter_map(|at| order.iter().position(|o| *o == at))
        .collect();
    let name = op.name();
    let id = op.builder.transpose_named(made, &back, &name)?;
    Ok(super::op::plain(id))
}
