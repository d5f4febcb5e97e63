//! Slices: parts of a value along its dimensions.

use quant_ir::{Builtin, Result, TensorId};
use quant_lower::{Stored, options};

use super::op::{Op, moved_axis};

/// `(begin, size)` of one dimension.
pub(super) fn cut(
    op: &mut Op<'_>,
    part: &str,
    id: TensorId,
    axis: usize,
    (begin, size): (usize, usize),
) -> Result<TensorId> {
    let shape = op.builder.shape(id);
    let begins: Vec<usize> = (0..shape.len())
        .map(|at| if at == axis { begin } else { 0 })
        .collect();
    let sizes: Vec<usize> = shape
        .iter()
        .enumerate()
        .map(|(at, whole)| if at == axis { size } else { *whole })
        .collect();
    let begins = op.sizes("begin", &begins)?;
    let sizes = op.sizes("size", &sizes)?;
    op.step(
        part,
        Builtin::SLICE,
        &[id, begins, sizes],
        options!(SliceOptions: SliceOptionsT {}),
    )
}

/// Begin, end and stride of each dimension.
pub(super) fn strided(op: &mut Op<'_>, part: &str, id: TensorId, of: [&[usize]; 3]) -> Result<TensorId> {
    let mut inputs = vec![id];
    for (name, values) in ["begin", "end", "strides"].into_iter().zip(of) {
        inputs.push(op.sizes(name, values)?);
    }
    let options = options!(StridedSliceOptions: StridedSliceOptionsT {});
    op.step(part, Builtin::STRIDED_SLICE, &inputs, options)
}

/// Slice: starts, ends, axes and steps are attributes, or inputs in newer files.
#[allow(clippy::arithmetic_side_effects)] // places in a tensor, clamped
pub(super) fn slice(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let shape = op.shape(0)?;
    let rank = shape.len();
    let (starts, ends, axes, steps) = if op.opset < 10 {
        (op.list("starts")?, op.list("ends")?, op.node.ints("axes")?, None)
    } else {
        (op.ints(1)?, op.ints(2)?, op.maybe_ints(3)?, op.maybe_ints(4)?)
    };
    let axes = match axes {
        Some(axes) => axes
            .iter()
            .map(|axis| op.axis(*axis, rank))
            .collect::<Result<Vec<usize>>>()?,
        None => (0..starts.len()).collect(),
    };
    let steps = steps.unwrap_or_else(|| vec![1; starts.len()]);
    let size = |at: usize| i64::try_from(shape.get(at).copied().unwrap_or_default()).unwrap_or(i64::MAX);
    let mut begin: Vec<i64> = vec![0; rank];
    let mut end: Vec<i64> = (0..rank).map(size).collect();
    let mut stride: Vec<i64> = vec![1; rank];
    let lengths = [ends.len(), axes.len(), steps.len()];
    if lengths.iter().any(|length| *length != starts.len()) || steps.contains(&0) {
        return op.refuse(
            "starts, ends, axes and steps of other lengths, or a step of 0",
            "export the model again",
        );
    }
    for (((start, stop), axis), step) in starts.iter().zip(&ends).zip(axes).zip(steps) {
        let whole = size(axis);
        let place = |at: i64| if at < 0 { at.saturating_add(whole) } else { at };
        // A step that goes back may end in front of the first element.
        let (low, high) = if step > 0 { (0, whole) } else { (-1, whole - 1) };
        let (start, stop) = (
            place(*start).clamp(low.max(0), high.max(0)),
            place(*stop).clamp(low, high.max(low)),
        );
        for (list, value) in [
            (&mut begin, start),
            (&mut end, stop),
            (&mut stride, step.clamp(-(1 << 30), 1 << 30)),
        ] {
            list.iter_mut().skip(axis).take(1).for_each(|slot| *slot = value);
        }
    }
    let x = op.stored(0)?;
    if x.channels_last {
        for list in [&mut begin, &mut end, &mut stride] {
            let own = list.clone();
            for (at, value) in own.into_iter().enumerate() {
                list.iter_mut()
                    .skip(moved_axis(at, rank))
                    .take(1)
                    .for_each(|slot| *slot = value);
            }
        }
    }
    // An end of −1 would count from behind.
    let mut mask = 0i32;
    for (at, value) in end.iter_mut().enumerate() {
        if *value < 0 {
            *value = 0;
            mask |= 1i32.checked_shl(u32::try_from(at).unwrap_or(31)).unwrap_or(0);
        }
    }
    let mut inputs = vec![x.id];
    for (part, values) in [("begin", begin), ("end", end), ("strides", stride)] {
        let name = format!("{}/{part}", op.label);
        inputs.push(op.builder.ints(&name, &[rank], &values)?);
    }
    let options = options!(StridedSliceOptions: StridedSliceOptionsT { end_mask: mask });
    op.last(Builtin::STRIDED_SLICE, &inputs, options, x.channels_last)
}
