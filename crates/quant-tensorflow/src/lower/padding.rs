//! Paddings: those of convolutions and pools, and nodes that pad.

use quant_ir::{Builtin, DType, Options, Problem, Result, TensorId};
use quant_schema::MirrorPadMode;

use super::op::{Op, plain};
use quant_lower::Stored;
use quant_lower::options;

/// `explicit_paddings` with channels last: before and behind, for each dimension.
pub(super) fn explicit(op: &Op<'_>) -> Result<Vec<i64>> {
    let mut pairs = op.list("explicit_paddings")?;
    let wrong = pairs.len() != 8 || pairs.iter().any(|size| *size < 0);
    let channels = if op.channels_first()? { 2..4 } else { 6..8 };
    let moved: Vec<i64> = pairs.get(channels.clone()).unwrap_or_default().to_vec();
    let batch = pairs.get(0..2).unwrap_or_default();
    if wrong || batch.iter().chain(&moved).any(|size| *size != 0) {
        let problem = Problem::Option(format!("`explicit_paddings` is {pairs:?}"));
        return Err(op.error(problem, "give eight numbers, zeros for batch and channels"));
    }
    pairs.drain(channels);
    pairs.extend(moved);
    Ok(pairs)
}

/// The image with zeros around it.
pub(super) fn zeros(op: &mut Op<'_>, image: TensorId, pairs: &[i64]) -> Result<TensorId> {
    if pairs.iter().all(|size| *size == 0) {
        return Ok(image);
    }
    let paddings = paddings(op, pairs)?;
    let name = op.part("padded");
    let dtype = op.builder.dtype(image);
    let options = options!(PadOptions: PadOptionsT {});
    op.builder
        .emit(Builtin::PAD, &[image, paddings], options, &name, dtype)
}

/// The image with the lowest float around it, which no maximum sees.
pub(super) fn lowest(op: &mut Op<'_>, image: TensorId, pairs: &[i64]) -> Result<TensorId> {
    if pairs.iter().all(|size| *size == 0) {
        return Ok(image);
    }
    let paddings = paddings(op, pairs)?;
    let name = op.part("lowest");
    let value = op.builder.floats(&name, &[], &[f32::MIN])?;
    let name = op.part("padded");
    let options = options!(PadV2Options: PadV2OptionsT {});
    let inputs = [image, paddings, value];
    op.builder
        .emit(Builtin::PADV2, &inputs, options, &name, DType::Float32)
}

fn paddings(op: &mut Op<'_>, pairs: &[i64]) -> Result<TensorId> {
    let name = format!("{}/paddings", op.label);
    op.builder
        .ints(&name, &[pairs.len().checked_div(2).unwrap_or_default(), 2], pairs)
}

/// Pad, PadV2 and MirrorPad.
pub(super) fn pad(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let input = op.input(0)?;
    let pairs = op.ints(1)?;
    let paddings = paddings(op, &pairs)?;
    let dtype = op.builder.dtype(input);
    let name = op.name();
    let id = match op.node.op() {
        "PadV2" => {
            let value = op.input(2)?;
            let options = options!(PadV2Options: PadV2OptionsT {});
            op.builder
                .emit(Builtin::PADV2, &[input, paddings, value], options, &name, dtype)
        }
        "MirrorPad" => {
            let mode = match op.text("mode", "")?.as_str() {
                "REFLECT" => MirrorPadMode::REFLECT,
                "SYMMETRIC" => MirrorPadMode::SYMMETRIC,
                other => return op.refuse(format!("mode `{other}`"), "use REFLECT or SYMMETRIC"),
            };
            let options = options!(MirrorPadOptions: MirrorPadOptionsT { mode: mode });
            op.builder
                .emit(Builtin::MIRROR_PAD, &[input, paddings], options, &name, dtype)
        }
        _ => {
            let options = options!(PadOptions: PadOptionsT {});
            op.builder
                .emit(Builtin::PAD, &[input, paddings], options, &name, dtype)
        }
    };
    Ok(plain(id?))
}

/// SpaceToBatchND and BatchToSpaceND, with block and paddings or crops as a model has them.
pub(super) fn blocks(op: &mut Op<'_>, builtin: Builtin) -> Result<Vec<Stored>> {
    let input = op.input(0)?;
    let (block, pairs) = (op.ints(1)?, op.ints(2)?);
    let name = format!("{}/block", op.label);
    let block_id = op.builder.ints(&name, &[block.len()], &block)?;
    let paddings = paddings(op, &pairs)?;
    let dtype = op.builder.dtype(input);
    let (name, inputs) = (op.name(), [input, block_id, paddings]);
    let id = op
        .builder
        .emit(builtin, &inputs, Options::default(), &name, dtype)?;
    Ok(plain(id))
}
