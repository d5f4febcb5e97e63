//! TRANSPOSE_CONV: inputs are output shape, filter `[out, height, width, in]`, image, optional bias.

use super::conv2d::add_bias;
use super::support::padding::window;
use super::support::{activation, options};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::TRANSPOSE_CONV,
    name: "TransposeConv",
    inputs: (3, 4),
    shape,
    eval,
};

pub(super) fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let dims = call.ints(0)?;
    let shape: Option<Vec<usize>> = dims.iter().map(|d| usize::try_from(*d).ok()).collect();
    let fits = |shape: &Vec<usize>| {
        let batch = call.optional(2).and_then(|image| image.shape.first());
        shape.len() == 4 && batch.is_some() && batch == shape.first()
    };
    shape.filter(fits).map(|shape| vec![shape]).ok_or_else(|| {
        Error::new(
            call.place(),
            Problem::Shape(format!("output shape {dims:?}")),
            "give [batch, height, width, out]",
        )
    })
}

/// Every input element adds its product with the filter around its place in the output.
fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let options = options::read!(call, TransposeConvOptions);
    let place = call.place();
    let (filter_shape, filter) = call.f32(1)?;
    let (image_shape, image) = call.f32(2)?;
    let (&[outputs, filter_h, filter_w, depth], &[batches, height, width, inputs]) =
        (filter_shape, image_shape)
    else {
        return Err(Error::new(
            place,
            Problem::Shape("filter and image are not of rank 4".into()),
            "give rank 4",
        ));
    };
    let shape = shape(call)?.swap_remove(0);
    // The forward convolution over the output, whose padding this one undoes.
    let window = |size, filter, stride| {
        window(options.padding, size, filter, stride, 1).map_err(|error| error.within(&place))
    };
    let rows = window(shape[1], filter_h, options.stride_h)?;
    let columns = window(shape[2], filter_w, options.stride_w)?;
    if depth != inputs || shape[3] != outputs || (rows.output, columns.output) != (height, width) {
        return Err(Error::new(
            place,
            Problem::Shape(format!(
                "filter {filter_shape:?}, image {image_shape:?} and output {shape:?} do not fit"
            )),
            "an output of this shape must convolve to the image's size",
        ));
    }
    let mut out = vec![0.0f32; shape.iter().product()];
    for batch in 0..batches {
        for (row, column) in (0..height).flat_map(|row| (0..width).map(move |column| (row, column))) {
            let at = ((batch * height + row) * width + column) * inputs;
            let pixels = &image[at..at + inputs];
            for (tap_y, tap_x) in (0..filter_h).flat_map(|y| (0..filter_w).map(move |x| (y, x))) {
                let (Some(y), Some(x)) = (rows.at(row, tap_y), columns.at(column, tap_x)) else {
                    continue;
                };
                let to = ((batch * shape[1] + y) * shape[2] + x) * outputs;
                for (channel, sum) in out[to..to + outputs].iter_mut().enumerate() {
                    let from = ((channel * filter_h + tap_y) * filter_w + tap_x) * inputs;
                    for (pixel, weight) in pixels.iter().zip(&filter[from..from + inputs]) {
                        *sum += pixel * weight;
                    }
                }
            }
        }
    }
    add_bias(call, 3, outputs, &mut out)?;
    activation::apply(options.fused_activation_function, &mut out, &place)?;
    Ok(vec![Value::f32(shape, out)])
}
