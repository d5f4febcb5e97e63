//! Pools over windows.

use quant_ir::{Builtin, DType, Result};
use quant_schema::Padding;

use super::convolution::{padded, steps};
use super::op::Op;
use super::padding;
use quant_lower::Stored;
use quant_lower::options;

/// AvgPool and MaxPool.
pub(super) fn pool(op: &mut Op<'_>, builtin: Builtin) -> Result<Vec<Stored>> {
    let (sizes, strides) = (steps(op, "ksize", 4)?, steps(op, "strides", 4)?);
    let (&[filter_height, filter_width], &[stride_h, stride_w]) = (sizes.as_slice(), strides.as_slice())
    else {
        return op.refuse("a window of another rank", "freeze the graph again");
    };
    let explicit = op.text("padding", "")? == "EXPLICIT";
    let (image, padding) = if explicit && builtin == Builtin::MAX_POOL_2D {
        let image = op.image(0)?;
        let pairs = padding::explicit(op)?;
        (padding::lowest(op, image, &pairs)?, Padding::VALID)
    } else if explicit {
        return op.refuse("an average with EXPLICIT padding", "use SAME or VALID");
    } else {
        padded(op, 0)?
    };
    let options = options!(Pool2DOptions: Pool2DOptionsT {
        padding: padding,
        stride_h: stride_h,
        stride_w: stride_w,
        filter_height: filter_height,
        filter_width: filter_width,
    });
    op.emit_image(builtin, &[image], options, DType::Float32)
}

/// LRN: `x / (bias + alpha · Σ x²)^beta` over neighbouring channels.
pub(super) fn response_normalization(op: &mut Op<'_>) -> Result<Vec<Stored>> {
    let image = op.image(0)?;
    let options = options!(LocalResponseNormalizationOptions: LocalResponseNormalizationOptionsT {
        radius: op.small("depth_radius", 5)?,
        bias: op.float("bias", 1.0)?,
        alpha: op.float("alpha", 1.0)?,
        beta: op.float("beta", 0.5)?,
    });
    op.emit_image(
        Builtin::LOCAL_RESPONSE_NORMALIZATION,
        &[image],
        options,
        DType::Float32,
    )
}
