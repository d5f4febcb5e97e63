//! CONV_2D and DEPTHWISE_CONV_2D: sums over taps inside the image of filter times (input − zero point), and the bias.

use super::affine::Rescale;
use super::operands::{self, Side};
use super::profile::Profile;
use crate::ops::Call;
use crate::ops::support::options;
use crate::ops::support::padding::window;
use quant_ir::DType;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_kernel::Window;
use quant_schema::{ActivationFunctionType as Activation, Padding};

/// CONV_2D with a filter `[out, height, width, in]`.
pub fn conv2d(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, Conv2DOptions);
    let [outputs, height, width, depth] = dims(call, 1)?;
    let inputs = dims(call, 0)?[3];
    let geometry = Geometry {
        padding: options.padding,
        strides: [options.stride_h, options.stride_w],
        dilations: [options.dilation_h_factor, options.dilation_w_factor],
        size: [height, width],
    };
    let groups = inputs
        .checked_div(depth)
        .filter(|groups| groups * depth == inputs && *groups > 0);
    let groups = groups
        .filter(|groups| outputs.is_multiple_of(*groups))
        .ok_or_else(|| {
            let problem = Problem::Shape(format!(
                "its filter reads {depth} channels, the input has {inputs}"
            ));
            Error::new(call.place(), problem, "give as many, or a multiple")
        })?;
    let each = outputs / groups;
    let filter = operands::integers(call, 1)?;
    let zero = operands::filter(call, 1, outputs)?.1;
    let weights = |tap: usize, output: usize, channel: usize| {
        filter[(output * height * width + tap) * depth + channel] - zero
    };
    run(
        call,
        profile,
        &geometry,
        options.fused_activation_function,
        outputs,
        |sum, tap, output, pixel, x_zero| {
            let from = output / each * depth;
            for (channel, x) in pixel[from..from + depth].iter().enumerate() {
                *sum += i64::from(weights(tap, output, channel)) * i64::from(x - x_zero);
            }
        },
    )
}

/// DEPTHWISE_CONV_2D with a filter `[1, height, width, out]`.
pub fn depthwise(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, DepthwiseConv2DOptions);
    let [_, height, width, outputs] = dims(call, 1)?;
    let inputs = dims(call, 0)?[3];
    let geometry = Geometry {
        padding: options.padding,
        strides: [options.stride_h, options.stride_w],
        dilations: [options.dilation_h_factor, options.dilation_w_factor],
        size: [height, width],
    };
    let multiplier = outputs
        .checked_div(inputs)
        .filter(|each| each * inputs == outputs && *each > 0);
    let multiplier = multiplier.ok_or_else(|| {
        let problem = Problem::Shape(format!("its filter has {outputs} channels, the input {inputs}"));
        Error::new(call.place(), problem, "give the filter a multiple")
    })?;
    let filter = operands::integers(call, 1)?;
    let zero = operands::filter(call, 1, outputs)?.1;
    run(
        call,
        profile,
        &geometry,
        options.fused_activation_function,
        outputs,
        |sum, tap, output, pixel, x_zero| {
            let weight = filter[tap * outputs + output] - zero;
            *sum += i64::from(weight) * i64::from(pixel[output / multiplier] - x_zero);
        },
    )
}

struct Geometry {
    padding: Padding,
    strides: [i32; 2],
    dilations: [i32; 2],
    size: [usize; 2],
}

fn dims(call: &Call<'_>, index: usize) -> Result<[usize; 4]> {
    let shape = &call.input(index)?.shape;
    shape.as_slice().try_into().map_err(|_| {
        let problem = Problem::Rank {
            what: if index == 0 { "input" } else { "filter" },
            found: shape.clone(),
            expected: 4,
        };
        Error::new(call.place(), problem, "give images")
    })
}

/// How the sums of each output channel are rescaled.
fn rescales(
    call: &Call<'_>,
    profile: Profile,
    (x, y): (Side, Side),
    outputs: usize,
    wide: bool,
) -> Result<Vec<Rescale>> {
    let (scales, ..) = operands::filter(call, 1, outputs)?;
    let real = |scale: &f32| {
        let (x_scale, y_scale) = (f64::from(x.scale), f64::from(y.scale));
        match x.dtype {
            // One scale: the product in f32 (`GetQuantizedConvolutionMultipler`).
            DType::Uint8 => f64::from(x.scale * scale) / y_scale,
            _ => x_scale * f64::from(*scale) / y_scale,
        }
    };
    let real = scales.iter().map(real);
    Ok(real
        .map(|real| Rescale::of_convolution(profile, x.dtype, wide, real))
        .collect())
}

/// `add` adds the products of one tap for one output channel; it gets the tap's number and the pixel below it.
fn run(
    call: &Call<'_>,
    profile: Profile,
    geometry: &Geometry,
    activation: Activation,
    outputs: usize,
    add: impl Fn(&mut i64, usize, usize, &[i32], i32),
) -> Result<Vec<Value>> {
    let [batch, height, width, inputs] = dims(call, 0)?;
    let window = |at: usize, input: usize| -> Result<Window> {
        let made = window(
            geometry.padding,
            input,
            geometry.size[at],
            geometry.strides[at],
            geometry.dilations[at],
        );
        made.map_err(|error| error.within(call.place()))
    };
    let (rows, columns) = (window(0, height)?, window(1, width)?);
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let (bias, wide) = operands::bias(call, 2, outputs)?;
    let rescales = rescales(call, profile, (x, y), outputs, wide)?;
    let input = operands::integers(call, 0)?;
    let mut made = Vec::with_capacity(batch * rows.output * columns.output * outputs);
    for image in 0..batch {
        for row in 0..rows.output {
            for column in 0..columns.output {
                for output in 0..outputs {
                    let mut sum = bias[output];
                    for i in 0..rows.size {
                        let Some(from_row) = rows.at(row, i) else { continue };
                        for j in 0..columns.size {
                            let Some(from_column) = columns.at(column, j) else {
                                continue;
                            };
                            let at = ((image * height + from_row) * width + from_column) * inputs;
                            add(
                                &mut sum,
                                i * columns.size + j,
                                output,
                                &input[at..at + inputs],
                                x.zero,
                            );
                        }
                    }
                    made.push(rescales[output].times(sum).wrapping_add(y.zero));
                }
            }
        }
    }
    let shape = vec![batch, rows.output, columns.output, outputs];
    let limits = y.activation(call, activation)?;
    Ok(vec![y.value(shape, made.into_iter(), limits)])
}
