//! BiasAdd, and FusedBatchNorm in its three versions: `x · γ/√(σ²+ε) + (β − μ · γ/√(σ²+ε))`, of constants one MUL and one ADD.

use quant_ir::{Builtin, DType, Options, Result, TensorId};

use super::op::Op;
use quant_lower::Stored;
use quant_lower::options;

fn emit(op: &mut Op<'_>, builtin: Builtin, inputs: &[TensorId], part: &str) -> Result<TensorId> {
    let options = match builtin {
        Builtin::ADD => options!(AddOptions: AddOptionsT {}),
        Builtin::MUL => options!(MulOptions: MulOptionsT {}),
        Builtin::SUB => options!(SubOptions: SubOptionsT {}),
        Builtin::MEAN => options!(ReducerOptions: ReducerOptionsT { keep_dims: false }),
        _ => Options::default(),
    };
    let name = op.part(part);
    op.builder.emit(builtin, inputs, options, &name, DType::Float32)
}

/// A value with one number for each channel.
pub(super) fn bias_add(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let bias = op.input(1)?;
    let image = op.image(0)?;
    let dtype = op.builder.dtype(image);
    op.emit_image(
        Builtin::ADD,
        &[image, bias],
        options!(AddOptions: AddOptionsT {}),
        dtype,
    )
}

/// FusedBatchNorm, V2 and V3. With `is_training` the statistics are those of the batch.
pub(super) fn batch_norm(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let (gamma, beta) = (op.input(1)?, op.input(2)?);
    let image = op.image(0)?;
    let (mean, variance) = if op.bool("is_training", true)? {
        statistics(op, image)?
    } else {
        (op.input(3)?, op.input(4)?)
    };
    let epsilon = op.float("epsilon", 1e-4)?;
    let name = op.part("epsilon");
    let epsilon = op.builder.floats(&name, &[], &[epsilon])?;
    let above = emit(op, Builtin::ADD, &[variance, epsilon], "above")?;
    let root = emit(op, Builtin::RSQRT, &[above], "root")?;
    let factor = emit(op, Builtin::MUL, &[root, gamma], "factor")?;
    let moved = emit(op, Builtin::MUL, &[mean, factor], "moved")?;
    let offset = emit(op, Builtin::SUB, &[beta, moved], "offset")?;
    let scaled = emit(op, Builtin::MUL, &[image, factor], "scaled")?;
    let options = options!(AddOptions: AddOptionsT {});
    op.emit_image(Builtin::ADD, &[scaled, offset], options, DType::Float32)
}

/// Mean and variance of each channel over the batch.
fn statistics(op: &mut Op<'_>, image: TensorId) -> Result<(TensorId, TensorId)> {
    let rank = op.builder.shape(image).len();
    let axes: Vec<i64> = (0..rank.saturating_sub(1))
        .filter_map(|axis| i64::try_from(axis).ok())
        .collect();
    let name = format!("{}/axes", op.label);
    let axes = op.builder.ints(&name, &[axes.len()], &axes)?;
    let mean = emit(op, Builtin::MEAN, &[image, axes], "mean")?;
    let squares = emit(op, Builtin::SQUARED_DIFFERENCE, &[image, mean], "squares")?;
    let variance = emit(op, Builtin::MEAN, &[squares, axes], "variance")?;
    Ok((mean, variance))
}
