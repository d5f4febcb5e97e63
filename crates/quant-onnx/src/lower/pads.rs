//! Pad: a value, mirrored, or the edge.

use quant_ir::{Builtin, Result, TensorId};
use quant_lower::{Stored, options};
use quant_schema::MirrorPadMode;

use super::op::{Op, moved_axis};
use super::padding::paddings;
use super::slices::cut;

/// Before and behind each dimension, in ONNX's layout.
fn pairs(op: &mut Op<'_>, rank: usize) -> Result<Vec<[i64; 2]>> {
    let (said, axes) = match op.opset {
        ..2 => (op.list("paddings")?, None),
        2..11 => (op.list("pads")?, None),
        _ => (op.ints(1)?, op.maybe_ints(3)?),
    };
    let axes = match axes {
        Some(axes) => axes
            .iter()
            .map(|axis| op.axis(*axis, rank))
            .collect::<Result<Vec<usize>>>()?,
        None => (0..rank).collect(),
    };
    let (begins, ends) = said.split_at_checked(axes.len()).unwrap_or_default();
    if begins.len() != axes.len() || ends.len() != axes.len() {
        return op.refuse(
            format!("pads of {said:?} for {rank} dimensions"),
            "export the model again",
        );
    }
    let mut pairs = vec![[0, 0]; rank];
    for ((axis, begin), end) in axes.into_iter().zip(begins).zip(ends) {
        pairs
            .iter_mut()
            .skip(axis)
            .take(1)
            .for_each(|pair| *pair = [*begin, *end]);
    }
    Ok(pairs)
}

/// The value that stands around.
fn value(op: &mut Op<'_>) -> Result<Option<TensorId>> {
    if op.opset < 11 {
        let value = op.float("value", 0.0)?;
        return Ok(if value == 0.0 {
            None
        } else {
            Some(op.scalar("value", value)?)
        });
    }
    let Some(stored) = op.optional(2) else {
        return Ok(None);
    };
    if op.builder.is_constant(stored.id)
        && op
            .builder
            .bytes(stored.id)
            .is_some_and(|bytes| bytes.iter().all(|byte| *byte == 0))
    {
        return Ok(None);
    }
    let name = op.part("value");
    op.builder.reshape(stored.id, &[], &name).map(Some)
}

/// Pad.
pub(super) fn pad(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let rank = op.shape(0)?.len();
    let own = pairs(op, rank)?;
    let x = op.stored(0)?;
    let mut pairs = own.clone();
    if x.channels_last {
        for (at, pair) in own.into_iter().enumerate() {
            pairs
                .iter_mut()
                .skip(moved_axis(at, rank))
                .take(1)
                .for_each(|slot| *slot = pair);
        }
    }
    let mode = op.text("mode", "constant")?;
    if let "edge" | "wrap" = mode.as_str() {
        return gathered(op, x, &pairs, mode == "wrap");
    }
    // Below zero is cut off.
    let mut id = x.id;
    let cuts: Vec<[usize; 2]> = pairs
        .iter()
        .map(|pair| pair.map(|pad| usize::try_from(pad.saturating_neg()).unwrap_or_default()))
        .collect();
    let shape = op.builder.shape(id);
    for (axis, ([begin, end], size)) in cuts.into_iter().zip(shape).enumerate() {
        if begin > 0 || end > 0 {
            let left = size.saturating_sub(begin).saturating_sub(end);
            id = cut(op, "cut", id, axis, (begin, left))?;
        }
    }
    let flat: Vec<i64> = pairs.iter().flatten().map(|pad| (*pad).max(0)).collect();
    let pads = paddings(op, &flat)?;
    match mode.as_str() {
        "reflect" => {
            let options = options!(MirrorPadOptions: MirrorPadOptionsT { mode: MirrorPadMode::REFLECT });
            op.last(Builtin::MIRROR_PAD, &[id, pads], options, x.channels_last)
        }
        "constant" => match value(op)? {
            None => op.last(
                Builtin::PAD,
                &[id, pads],
                options!(PadOptions: PadOptionsT {}),
                x.channels_last,
            ),
            Some(value) => {
                let options = options!(PadV2Options: PadV2OptionsT {});
                op.last(Builtin::PADV2, &[id, pads, value], options, x.channels_last)
            }
        },
        other => op.refuse(format!("mode `{other}`"), "use constant, reflect, edge or wrap"),
    }
}

/// The nearest element, or the one from the other side: a GATHER for each dimension.
#[allow(clippy::arithmetic_side_effects)] // places in a tensor
fn gathered(op: &mut Op<'_>, x: Stored, pairs: &[[i64; 2]], wrap: bool) -> Result<Vec<Stored>> {
    let shape = op.builder.shape(x.id);
    let mut id = x.id;
    for (axis, ([begin, end], size)) in pairs.iter().zip(shape).enumerate() {
        if (*begin, *end) == (0, 0) {
            continue;
        }
        let size = i64::try_from(size).unwrap_or(1 << 30);
        let (begin, end) = ((*begin).clamp(-size, 1 << 24), (*end).clamp(-size, 1 << 24));
        if begin + size + end > 1 << 20 {
            return op.refuse(
                format!("{size} elements padded by {begin} and {end}"),
                "pad by less",
            );
        }
        let places: Vec<i64> = (-begin..size + end)
            .map(|at| {
                if wrap {
                    at.checked_rem_euclid(size).unwrap_or_default()
                } else {
                    at.clamp(0, (size - 1).max(0))
                }
            })
            .collect();
        let name = format!("{}/places", op.label);
        let places = op.builder.ints(&name, &[places.len()], &places)?;
        let options = options!(GatherOptions: GatherOptionsT {
            axis: op.fit("axis", i64::try_from(axis).unwrap_or_default())?,
        });
        id = op.step("padded", Builtin::GATHER, &[id, places], options)?;
    }
    Ok(vec![op.result(id, x.channels_last)])
}
