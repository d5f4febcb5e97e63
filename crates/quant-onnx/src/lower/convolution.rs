//! Conv: filters go from `[out, in, height, width]` to a model's order.

use quant_ir::{Builtin, DType, Result, TensorId};
use quant_lower::{Stored, options};

use super::op::Op;
use super::padding::{Around, Window, surrounded, windows};

/// The bias, or zeros.
pub(super) fn bias(op: &mut Op<'_>, index: usize, channels: usize) -> Result<TensorId> {
    if op.optional(index).is_some() {
        return op.input(index);
    }
    let name = format!("{}/bias", op.label);
    op.builder.floats(&name, &[channels], &vec![0.0; channels])
}

pub(super) fn fit(op: &Op<'_>, value: usize) -> Result<i32> {
    op.fit("size", i64::try_from(value).unwrap_or(i64::MAX))
}

/// An image of three dimensions with channels last as one of a single row.
pub(super) fn as_rows(op: &mut Op<'_>, image: TensorId) -> Result<TensorId> {
    let shape = op.builder.shape(image);
    let &[batch, width, channels] = shape.as_slice() else {
        return Ok(image);
    };
    let name = op.part("rows");
    op.builder.reshape(image, &[batch, 1, width, channels], &name)
}

/// The result of a node whose image has one row: without it when ONNX has three dimensions.
pub(super) fn without_rows(op: &mut Op<'_>, id: TensorId, rank: usize) -> Result<Vec<Stored>> {
    let shape = op.builder.shape(id);
    if let (3, &[batch, _, width, channels]) = (rank, shape.as_slice()) {
        let name = op.result_name(true);
        let id = op.builder.reshape(id, &[batch, width, channels], &name)?;
        return Ok(vec![op.result(id, true)]);
    }
    Ok(vec![op.result(id, true)])
}

/// A window of one row in front, for images of three dimensions.
pub(super) fn row() -> Window {
    Window {
        size: 1,
        kernel: 1,
        stride: 1,
        dilation: 1,
        begin: 0,
        end: 0,
    }
}

/// A filter of three dimensions as one of a single row.
fn filter_rows(op: &mut Op<'_>, filter: TensorId) -> Result<TensorId> {
    let shape = op.builder.shape(filter);
    let &[outputs, inputs, width] = shape.as_slice() else {
        return Ok(filter);
    };
    let name = op.part("filter_rows");
    op.builder.reshape(filter, &[outputs, inputs, 1, width], &name)
}

/// Conv.
pub(super) fn conv(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let filter = op.input(1)?;
    let shape = op.builder.shape(filter);
    let image = op.shape(0)?;
    let rank = image.len();
    let (Some((&outputs, _)), [_, channels, sizes @ ..]) = (shape.split_first(), image.as_slice()) else {
        return op.refuse(
            format!("an image of shape {image:?}"),
            "give batch, channels and sizes",
        );
    };
    let kernel = shape.get(2..).unwrap_or_default();
    if !(3..=5).contains(&rank) || shape.len() != rank {
        let what = format!("a filter of shape {shape:?} over an image of shape {image:?}");
        return op.refuse(what, "images of one, two and three dimensions are lowered");
    }
    let group = usize::try_from(op.int("group", 1)?).unwrap_or_default();
    let of_group = shape.get(1).copied().unwrap_or_default();
    if group == 0 || of_group.checked_mul(group) != Some(*channels) || !outputs.is_multiple_of(group) {
        let what = format!("{group} groups of {channels} channels with a filter of shape {shape:?}");
        return op.refuse(what, "export the model again");
    }
    let mut windows = windows(op, sizes, kernel)?;
    let depthwise = group == *channels && group > 1;
    let image = op.image(0)?;
    if rank == 5 {
        return conv3d(op, image, filter, &windows, group);
    }
    if rank == 3 {
        windows.insert(0, row());
    }
    let image = as_rows(op, image)?;
    let filter = filter_rows(op, filter)?;
    let (image, padding) = surrounded(op, image, &windows, Around::Zeros)?;
    let &[rows, columns] = windows.as_slice() else {
        return op.refuse("windows of another rank", "export the model again");
    };
    let order = if depthwise { [1, 2, 3, 0] } else { [0, 2, 3, 1] };
    let name = op.part("filter");
    let filter = op.builder.transpose_named(filter, &order, &name)?;
    let bias = bias(op, 2, outputs)?;
    let (stride_h, stride_w) = (fit(op, rows.stride)?, fit(op, columns.stride)?);
    let (dilation_h, dilation_w) = (fit(op, rows.dilation)?, fit(op, columns.dilation)?);
    let inputs = [image, filter, bias];
    let name = op.result_name(true);
    let id = if depthwise {
        let options = options!(DepthwiseConv2DOptions: DepthwiseConv2DOptionsT {
            padding: padding,
            stride_h: stride_h,
            stride_w: stride_w,
            depth_multiplier: fit(op, outputs.div_euclid(group))?,
            dilation_h_factor: dilation_h,
            dilation_w_factor: dilation_w,
        });
        op.builder.emit(
            Builtin::DEPTHWISE_CONV_2D,
            &inputs,
            options,
            &name,
            DType::Float32,
        )?
    } else {
        let options = options!(Conv2DOptions: Conv2DOptionsT {
            padding: padding,
            stride_h: stride_h,
            stride_w: stride_w,
            dilation_h_factor: dilation_h,
            dilation_w_factor: dilation_w,
        });
        op.builder
            .emit(Builtin::CONV_2D, &inputs, options, &name, DType::Float32)?
    };
    without_rows(op, id, rank)
}

/// Over images of three dimensions: the filter of a model is `[depth, height, width, in, out]`.
fn conv3d(
    op: &mut Op<'_>,
    image: TensorId,
    filter: TensorId,
    windows: &[Window],
    group: usize,
) -> Result<Vec<Stored>> {
    let &[depth, rows, columns] = windows else {
        return op.refuse("windows of another rank", "export the model again");
    };
    if group != 1 {
        return op.refuse(format!("{group} groups over three dimensions"), "models have one");
    }
    let outputs = op.builder.shape(filter).first().copied().unwrap_or_default();
    let (image, padding) = surrounded(op, image, windows, Around::Zeros)?;
    let name = op.part("filter");
    let filter = op.builder.transpose_named(filter, &[2, 3, 4, 1, 0], &name)?;
    let bias = bias(op, 2, outputs)?;
    let options = options!(Conv3DOptions: Conv3DOptionsT {
        padding: padding,
        stride_d: fit(op, depth.stride)?,
        stride_h: fit(op, rows.stride)?,
        stride_w: fit(op, columns.stride)?,
        dilation_d_factor: fit(op, depth.dilation)?,
        dilation_h_factor: fit(op, rows.dilation)?,
        dilation_w_factor: fit(op, columns.dilation)?,
    });
    op.last(Builtin::CONV_3D, &[image, filter, bias], options, true)
}
