//! Resize and Upsample: a model's own operator where it takes the very elements, else sums of elements along each dimension.

use quant_ir::{Builtin, Result, TensorId};
use quant_lower::{Stored, options};

use super::op::{Op, moved_axis};
use super::taps::{Rule, Taps, alike, of_model};

/// Sizes of the result, and scales, for each dimension.
#[allow(clippy::arithmetic_side_effects, clippy::as_conversions)] // sizes of tensors
fn asked(op: &mut Op<'_>, shape: &[usize]) -> Result<Vec<(usize, f32)>> {
    let upsample = op.node.op() == "Upsample";
    let (scales, sizes) = if upsample && op.opset < 9 {
        (op.node.floats("scales")?, None)
    } else if upsample || op.opset < 11 {
        (op.maybe_floats(1)?, None)
    } else {
        let sizes = op.maybe_ints(3)?.filter(|sizes| !sizes.is_empty());
        let scales = if sizes.is_none() {
            op.maybe_floats(2)?
        } else {
            None
        };
        (scales, sizes)
    };
    let axes = match op.node.ints("axes")? {
        Some(axes) => axes
            .iter()
            .map(|axis| op.axis(*axis, shape.len()))
            .collect::<Result<Vec<usize>>>()?,
        None => (0..shape.len()).collect(),
    };
    let mut all: Vec<(usize, f32)> = shape.iter().map(|size| (*size, 1.0)).collect();
    let count = sizes
        .as_ref()
        .map_or(scales.as_ref().map_or(0, Vec::len), Vec::len);
    if count != axes.len() {
        return op.refuse(
            format!("{count} scales or sizes for {} dimensions", axes.len()),
            "export the model again",
        );
    }
    for (at, axis) in axes.into_iter().enumerate() {
        let size = shape.get(axis).copied().unwrap_or_default();
        let made = if let Some(sizes) = &sizes {
            let out = sizes
                .get(at)
                .and_then(|out| usize::try_from(*out).ok())
                .unwrap_or_default();
            (out, out as f32 / size.max(1) as f32)
        } else {
            let scale = scales
                .as_ref()
                .and_then(|scales| scales.get(at))
                .copied()
                .unwrap_or(1.0);
            ((size as f32 * scale).floor().max(0.0) as usize, scale)
        };
        if made.0 == 0 || size == 0 || made.0 > 1 << 20 || size > 1 << 20 || made.1.is_nan() || made.1 <= 0.0
        {
            return op.refuse(
                format!("{size} elements resized to {}", made.0),
                "export the model again",
            );
        }
        all.iter_mut().skip(axis).take(1).for_each(|slot| *slot = made);
    }
    Ok(all)
}

/// Resize and Upsample.
pub(super) fn resize(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let old = op.node.op() == "Upsample" || op.opset < 11;
    let default = |old_default: &'static str, new: &'static str| if old { old_default } else { new };
    let rule = Rule {
        mode: op.text("mode", "nearest")?,
        coordinates: op.text(
            "coordinate_transformation_mode",
            default("asymmetric", "half_pixel"),
        )?,
        nearest: op.text("nearest_mode", default("floor", "round_prefer_floor"))?,
        cubic: op.float("cubic_coeff_a", -0.75)?,
        exclude: op.int("exclude_outside", 0)? != 0,
    };
    if op.int("antialias", 0)? != 0 || op.text("keep_aspect_ratio_policy", "stretch")? != "stretch" {
        return op.refuse("`antialias` or `keep_aspect_ratio_policy`", "resize without them");
    }
    let shape = op.shape(0)?;
    let rank = shape.len();
    let asked = asked(op, &shape)?;
    let mut all = Vec::new();
    for (size, (out, scale)) in shape.iter().zip(&asked) {
        let Some(taps) = rule.taps(*size, *out, *scale) else {
            let what = format!("{} with {} and {}", rule.mode, rule.coordinates, rule.nearest);
            return op.refuse(what, "docs/onnx.md lists the modes that are lowered");
        };
        all.push(taps);
    }
    let changes = |at: usize| {
        shape.get(at) != asked.get(at).map(|(out, _)| out)
            || asked.get(at).is_some_and(|(_, scale)| *scale != 1.0)
    };
    if rank == 4 && !changes(0) && !changes(1) && rule.mode != "cubic" {
        let linear = rule.mode == "linear";
        let (Some((high, _)), Some((wide, _))) = (asked.get(2).copied(), asked.get(3).copied()) else {
            return op.refuse("an image without sizes", "");
        };
        for (align, half) in [(false, true), (true, false), (false, false)] {
            let same = (2..4).all(|at| {
                let (size, (out, _)) = (
                    shape.get(at).copied().unwrap_or(1),
                    asked.get(at).copied().unwrap_or((1, 1.0)),
                );
                let taps = all.get(at).map(Vec::as_slice).unwrap_or_default();
                alike(taps, &of_model(linear, size, out, (align, half)))
            });
            if same {
                let image = op.image(0)?;
                let sizes = op.sizes("sizes", &[high, wide])?;
                let (builtin, options) = if linear {
                    let options = options!(ResizeBilinearOptions: ResizeBilinearOptionsT {
                        align_corners: align,
                        half_pixel_centers: half,
                    });
                    (Builtin::RESIZE_BILINEAR, options)
                } else {
                    let options = options!(ResizeNearestNeighborOptions: ResizeNearestNeighborOptionsT {
                        align_corners: align,
                        half_pixel_centers: half,
                    });
                    (Builtin::RESIZE_NEAREST_NEIGHBOR, options)
                };
                return op.last(builtin, &[image, sizes], options, true);
            }
        }
    }
    let x = op.stored(0)?;
    let mut id = x.id;
    for (axis, taps) in all.iter().enumerate().filter(|(axis, _)| changes(*axis)) {
        let axis = if x.channels_last {
            moved_axis(axis, rank)
        } else {
            axis
        };
        id = along(op, id, axis, taps)?;
    }
    Ok(vec![op.result(id, x.channels_last)])
}

/// Sums of elements along one dimension.
fn along(op: &mut Op<'_>, id: TensorId, axis: usize, taps: &[Taps]) -> Result<TensorId> {
    let rank = op.builder.shape(id).len();
    let count = taps.first().map_or(0, |taps| taps.0.len());
    let mut sum = None;
    for at in 0..count {
        let (places, weights): (Vec<usize>, Vec<f32>) =
            taps.iter().filter_map(|taps| taps.0.get(at).copied()).unzip();
        let places = op.sizes("places", &places)?;
        let options = options!(GatherOptions: GatherOptionsT {
            axis: op.fit("axis", i64::try_from(axis).unwrap_or_default())?,
        });
        let mut part = op.step("taken", Builtin::GATHER, &[id, places], options)?;
        if count > 1 {
            let mut shape = vec![1; rank.saturating_sub(axis)];
            shape.iter_mut().take(1).for_each(|size| *size = weights.len());
            let name = format!("{}/weights", op.label);
            let weights = op.builder.floats(&name, &shape, &weights)?;
            part = op.mul("weighted", part, weights)?;
        }
        sum = Some(match sum {
            None => part,
            Some(sum) => op.add("summed", sum, part)?,
        });
    }
    Ok(sum.unwrap_or(id))
}
