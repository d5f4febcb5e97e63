//! ConvTranspose: the whole result, of which what the paddings hide is cut off; groups one by one.

use quant_ir::{Builtin, DType, Result, TensorId};
use quant_lower::{Stored, options};
use quant_schema::Padding;

use super::convolution::{as_rows, bias, fit, without_rows};
use super::op::Op;
use super::slices::cut;

/// How one dimension grows.
struct Grown {
    stride: usize,
    dilation: usize,
    /// Of the whole result.
    whole: usize,
    begin: usize,
    size: usize,
}

#[allow(clippy::arithmetic_side_effects, clippy::integer_division)] // sizes of images, below 2^20 each
fn grown(op: &Op<'_>, sizes: &[usize], kernel: &[usize]) -> Result<Vec<Grown>> {
    const LARGEST: usize = 1 << 20;
    let rank = sizes.len();
    let list = |name: &str, default: usize, count: usize| -> Result<Vec<usize>> {
        let values = op.list(name)?;
        if values.is_empty() {
            return Ok(vec![default; count]);
        }
        let sound: Option<Vec<usize>> = values
            .iter()
            .map(|value| usize::try_from(*value).ok().filter(|value| *value <= LARGEST))
            .collect();
        match sound {
            Some(sound) if sound.len() == count => Ok(sound),
            _ => op.refuse(format!("`{name}` of {values:?}"), "export the model again"),
        }
    };
    let (strides, dilations) = (list("strides", 1, rank)?, list("dilations", 1, rank)?);
    let (pads, extra) = (list("pads", 0, rank * 2)?, list("output_padding", 0, rank)?);
    let asked = list("output_shape", 0, rank)?;
    let auto = op.text("auto_pad", "NOTSET")?;
    let limits = sizes.iter().chain(kernel).chain(&strides).chain(&dilations);
    if kernel.len() != rank || limits.into_iter().any(|size| *size == 0 || *size > LARGEST) {
        return op.refuse(
            format!("a window of {kernel:?} over {sizes:?}"),
            "export the model again",
        );
    }
    let mut all = Vec::new();
    for at in 0..rank {
        let get = |list: &[usize]| list.get(at).copied().unwrap_or_default();
        let (size, kernel, stride) = (get(sizes), get(kernel), get(&strides));
        let reach = (kernel - 1) * get(&dilations) + 1;
        let whole = (size - 1) * stride + reach + get(&extra);
        let wanted = match (get(&asked), auto.as_str()) {
            (0, "SAME_UPPER" | "SAME_LOWER") => Some(size * stride),
            (0, _) => None,
            (asked, _) => Some(asked),
        };
        let (begin, end) = if let Some(wanted) = wanted {
            let total = whole.saturating_sub(wanted);
            match auto.as_str() {
                "SAME_LOWER" => (total - total / 2, total / 2),
                _ => (total / 2, total - total / 2),
            }
        } else if auto == "VALID" {
            (0, 0)
        } else {
            (get(&pads), pads.get(at + rank).copied().unwrap_or_default())
        };
        let Some(result) = whole.checked_sub(begin + end).filter(|size| *size > 0) else {
            return op.refuse("nothing is left of the result", "export the model again");
        };
        if get(&extra) >= stride.max(get(&dilations)) {
            return op.refuse(
                "an `output_padding` that is not below the stride",
                "export the model again",
            );
        }
        all.push(Grown {
            stride,
            dilation: get(&dilations),
            whole,
            begin,
            size: wanted.unwrap_or(result),
        });
    }
    Ok(all)
}

/// ConvTranspose.
pub(super) fn conv_transpose(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let filter = op.input(1)?;
    let mut shape = op.builder.shape(filter);
    let image = op.shape(0)?;
    let rank = image.len();
    if !(3..=4).contains(&rank) || shape.len() != rank {
        let what = format!("a filter of shape {shape:?} over an image of shape {image:?}");
        return op.refuse(what, "images of one and two dimensions are lowered");
    }
    let sizes = image.get(2..).unwrap_or_default();
    let mut all = grown(op, sizes, shape.get(2..).unwrap_or_default())?;
    if all.iter().any(|grown| grown.dilation != 1) {
        return op.refuse("a dilation", "models have none for transposed convolutions");
    }
    let mut filter = filter;
    if rank == 3 {
        shape.insert(2, 1);
        let name = op.part("filter_rows");
        filter = op.builder.reshape(filter, &shape, &name)?;
        let row = Grown {
            stride: 1,
            dilation: 1,
            whole: 1,
            begin: 0,
            size: 1,
        };
        all.insert(0, row);
    }
    let group = usize::try_from(op.int("group", 1)?).unwrap_or_default();
    let (inputs, of_group) = (
        shape.first().copied().unwrap_or_default(),
        shape.get(1).copied().unwrap_or_default(),
    );
    if group == 0 || image.get(1) != Some(&inputs) || !inputs.is_multiple_of(group) {
        let what = format!("{group} groups of {image:?} with a filter of shape {shape:?}");
        return op.refuse(what, "export the model again");
    }
    let image = op.image(0)?;
    let image = as_rows(op, image)?;
    let bias = bias(op, 2, of_group.saturating_mul(group))?;
    let name = op.part("filter");
    let filter = op.builder.transpose_named(filter, &[1, 2, 3, 0], &name)?;
    let mut parts = Vec::new();
    for at in 0..group {
        let of = |count: usize| (at.saturating_mul(count), count);
        let each = inputs.checked_div(group).unwrap_or_default();
        let (image, filter, bias) = if group == 1 {
            (image, filter, bias)
        } else {
            (
                cut(op, "image", image, 3, of(each))?,
                cut(op, "filter", filter, 3, of(each))?,
                cut(op, "bias", bias, 0, of(of_group))?,
            )
        };
        parts.push(one(op, image, filter, bias, &all)?);
    }
    let mut id = match parts.as_slice() {
        [one] => *one,
        parts => {
            let options = options!(ConcatenationOptions: ConcatenationOptionsT { axis: 3 });
            op.step("joined", Builtin::CONCATENATION, parts, options)?
        }
    };
    for (axis, grown) in (1..).zip(&all) {
        if grown.size != grown.whole {
            id = cut(op, "cut", id, axis, (grown.begin, grown.size))?;
        }
    }
    without_rows(op, id, rank)
}

/// One group: the whole result.
fn one(
    op: &mut Op<'_>,
    image: TensorId,
    filter: TensorId,
    bias: TensorId,
    all: &[Grown],
) -> Result<TensorId> {
    let shape = op.builder.shape(image);
    let batch = shape.first().copied().unwrap_or_default();
    let outputs = op.builder.shape(filter).first().copied().unwrap_or_default();
    let [rows, columns] = all else {
        return op.refuse("windows of another rank", "export the model again");
    };
    let wanted = op.sizes("output_shape", &[batch, rows.whole, columns.whole, outputs])?;
    let options = options!(TransposeConvOptions: TransposeConvOptionsT {
        padding: Padding::VALID,
        stride_h: fit(op, rows.stride)?,
        stride_w: fit(op, columns.stride)?,
    });
    let name = op.part("whole");
    op.builder.emit(
        Builtin::TRANSPOSE_CONV,
        &[wanted, filter, image, bias],
        options,
        &name,
        DType::Float32,
    )
}
