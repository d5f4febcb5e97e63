//! Convolutions: filters go from TensorFlow's order to a model's, paddings that are none of SAME and VALID become a PAD in
//! front.

use quant_ir::{Builtin, DType, Problem, Result, TensorId};
use quant_schema::Padding;

use super::op::Op;
use super::padding;
use quant_lower::Stored;
use quant_lower::options;

/// Strides or dilations of the image's dimensions: height and width, or depth, height and width.
pub(super) fn steps(op: &Op<'_>, name: &str, rank: usize) -> Result<Vec<i32>> {
    let list = op.list(name)?;
    let whole = if list.is_empty() { vec![1; rank] } else { list };
    let mut steps = whole.clone();
    let channels = if op.channels_first()? {
        1
    } else {
        rank.saturating_sub(1)
    };
    let fits = whole.len() == rank && whole.first() == Some(&1) && whole.get(channels) == Some(&1);
    if !fits || whole.iter().any(|step| *step < 1) {
        let problem = Problem::Option(format!("`{name}` is {whole:?}"));
        return Err(op.error(problem, "batch and channels go by 1, the others by 1 or more"));
    }
    steps.remove(channels);
    steps.remove(0);
    steps.into_iter().map(|step| op.fit(name, step)).collect()
}

/// The image, padded if the node gives the padding itself, and the padding that is left to the operator.
pub(super) fn padded(op: &mut Op<'_>, index: usize) -> Result<(TensorId, Padding)> {
    let image = op.image(index)?;
    match op.text("padding", "")?.as_str() {
        "SAME" => Ok((image, Padding::SAME)),
        "VALID" => Ok((image, Padding::VALID)),
        "EXPLICIT" => {
            let pairs = padding::explicit(op)?;
            let padded = padding::zeros(op, image, &pairs)?;
            Ok((padded, Padding::VALID))
        }
        other => op.refuse(format!("padding `{other}`"), "use SAME, VALID or EXPLICIT"),
    }
}

/// Zeros, one for each output channel.
pub(super) fn zero_bias(op: &mut Op<'_>, channels: usize) -> Result<TensorId> {
    let name = format!("{}/bias", op.label);
    op.builder.floats(&name, &[channels], &vec![0.0; channels])
}

/// The shape of a filter of so many dimensions.
fn filter_shape<const N: usize>(op: &Op<'_>, filter: TensorId) -> Result<[usize; N]> {
    let shape = op.builder.shape(filter);
    shape.as_slice().try_into().map_err(|_| {
        let problem = Problem::Rank {
            what: "filter",
            found: shape.clone(),
            expected: N,
        };
        op.error(problem, "freeze the graph again")
    })
}

/// Conv2D: the filter is `[height, width, in, out]`.
pub(super) fn conv2d(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let filter = op.input(1)?;
    let [.., outputs] = filter_shape::<4>(op, filter)?;
    let (strides, dilations) = (steps(op, "strides", 4)?, steps(op, "dilations", 4)?);
    let (&[stride_h, stride_w], &[dilation_h, dilation_w]) = (strides.as_slice(), dilations.as_slice())
    else {
        return op.refuse("strides of another rank", "freeze the graph again");
    };
    let (image, padding) = padded(op, 0)?;
    let name = format!("{}/filter", op.label);
    let filter = op.builder.transpose(filter, &[3, 0, 1, 2], &name)?;
    let bias = zero_bias(op, outputs)?;
    let options = options!(Conv2DOptions: Conv2DOptionsT {
        padding: padding,
        stride_h: stride_h,
        stride_w: stride_w,
        dilation_h_factor: dilation_h,
        dilation_w_factor: dilation_w,
    });
    op.emit_image(Builtin::CONV_2D, &[image, filter, bias], options, DType::Float32)
}

/// DepthwiseConv2dNative: the filter is `[height, width, in, multiplier]`.
pub(super) fn depthwise(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let filter = op.input(1)?;
    let [height, width, inputs, multiplier] = filter_shape::<4>(op, filter)?;
    let (strides, dilations) = (steps(op, "strides", 4)?, steps(op, "dilations", 4)?);
    let (&[stride_h, stride_w], &[dilation_h, dilation_w]) = (strides.as_slice(), dilations.as_slice())
    else {
        return op.refuse("strides of another rank", "freeze the graph again");
    };
    let (image, padding) = padded(op, 0)?;
    let outputs = inputs.saturating_mul(multiplier);
    let name = op.part("filter");
    let filter = op.builder.reshape(filter, &[1, height, width, outputs], &name)?;
    let bias = zero_bias(op, outputs)?;
    let options = options!(DepthwiseConv2DOptions: DepthwiseConv2DOptionsT {
        padding: padding,
        stride_h: stride_h,
        stride_w: stride_w,
        depth_multiplier: i32::try_from(multiplier).unwrap_or(i32::MAX),
        dilation_h_factor: dilation_h,
        dilation_w_factor: dilation_w,
    });
    op.emit_image(
        Builtin::DEPTHWISE_CONV_2D,
        &[image, filter, bias],
        options,
        DType::Float32,
    )
}

/// Conv3D: the filter is `[depth, height, width, in, out]`, as in a model.
pub(super) fn conv3d(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let filter = op.input(1)?;
    let [.., outputs] = filter_shape::<5>(op, filter)?;
    let (strides, dilations) = (steps(op, "strides", 5)?, steps(op, "dilations", 5)?);
    let (&[stride_d, stride_h, stride_w], &[dilation_d, dilation_h, dilation_w]) =
        (strides.as_slice(), dilations.as_slice())
    else {
        return op.refuse("strides of another rank", "freeze the graph again");
    };
    let (image, padding) = padded(op, 0)?;
    let bias = zero_bias(op, outputs)?;
    let options = options!(Conv3DOptions: Conv3DOptionsT {
        padding: padding,
        stride_d: stride_d,
        stride_h: stride_h,
        stride_w: stride_w,
        dilation_d_factor: dilation_d,
        dilation_h_factor: dilation_h,
        dilation_w_factor: dilation_w,
    });
    op.emit_image(Builtin::CONV_3D, &[image, filter, bias], options, DType::Float32)
}

/// Conv2DBackpropInput: inputs are the shape of the result, the filter `[height, width, out, in]` and the image.
pub(super) fn transposed(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let mut shape = op.ints(0)?;
    let filter = op.input(1)?;
    let [_, _, outputs, _] = filter_shape::<4>(op, filter)?;
    let strides = steps(op, "strides", 4)?;
    let &[stride_h, stride_w] = strides.as_slice() else {
        return op.refuse("strides of another rank", "freeze the graph again");
    };
    if steps(op, "dilations", 4)?.iter().any(|step| *step != 1) {
        return op.refuse("a dilation", "models have none for transposed convolutions");
    }
    let padding = match op.text("padding", "")?.as_str() {
        "SAME" => Padding::SAME,
        "VALID" => Padding::VALID,
        other => return op.refuse(format!("padding `{other}`"), "use SAME or VALID"),
    };
    let image = op.image(2)?;
    if shape.len() != 4 {
        let problem = Problem::Operand(format!("the shape of its result is {shape:?}"));
        return Err(op.error(problem, "give batch, height, width and channels"));
    }
    if op.channels_first()? {
        let channels = shape.remove(1);
        shape.push(channels);
    }
    let name = format!("{}/output_shape", op.label);
    let wanted = op.builder.ints(&name, &[4], &shape)?;
    let name = format!("{}/filter", op.label);
    let filter = op.builder.transpose(filter, &[2, 0, 1, 3], &name)?;
    let bias = zero_bias(op, outputs)?;
    let options = options!(TransposeConvOptions: TransposeConvOptionsT {
        padding: padding,
        stride_h: stride_h,
        stride_w: stride_w,
    });
    op.emit_image(
        Builtin::TRANSPOSE_CONV,
        &[wanted, filter, image, bias],
        options,
        DType::Float32,
    )
}
