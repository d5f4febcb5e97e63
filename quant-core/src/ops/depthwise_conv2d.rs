//! DEPTHWISE_CONV_2D: filter `[1, height, width, in · multiplier]`, each input channel by itself.

use quant_case::recipe::Operation;

use super::conv2d::add_bias;
use super::rule::{ConstInputs, Weights};
use super::support::padding::Window;
use super::support::{activation, options};
use super::{Call, OpDef, Rule};
use crate::error::{Error, Result};
use crate::ir::{Builtin, Options};
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::DEPTHWISE_CONV_2D,
    name: "DepthwiseConv2D",
    options: read_recipe,
    shape,
    eval,
    rule: Rule {
        weights: Some(Weights {
            input: 0,
            filter: 1,
            axis: 3,
            bias: 2,
            weights_only: true,
        }),
        const_inputs: ConstInputs::Skip,
        ..Rule::UNARY
    },
};

fn read_recipe(op: &Operation) -> Result<Options> {
    options::write!(DepthwiseConv2DOptions: DepthwiseConv2DOptionsT {
            padding: options::padding(op)?,
            stride_w: options::int(op, "stride_w")?,
            stride_h: options::int(op, "stride_h")?,
            depth_multiplier: options::int(op, "depth_multiplier")?,
            dilation_w_factor: options::int(op, "dilation_w_factor")?,
            dilation_h_factor: options::int(op, "dilation_h_factor")?,
            fused_activation_function: options::activation(op)?,
        }
    )
}

struct Geometry {
    batch: usize,
    rows: Window,
    columns: Window,
    inputs: usize,
    multiplier: usize,
}

/// The multiplier follows from the shapes, as in TensorFlow Lite; the option repeats it.
fn geometry(call: &Call<'_>) -> Result<Geometry> {
    let options = options::read!(call, DepthwiseConv2DOptions);
    let place = call.place();
    let (input, filter) = (call.f32(0)?.0, call.f32(1)?.0);
    let (&[batch, height, width, inputs], &[1, rows, columns, outputs]) = (input, filter) else {
        return Err(Error::invalid(
            place,
            format!("input {input:?} and filter {filter:?} do not fit"),
            "give [batch, height, width, in] and [1, height, width, out]",
        ));
    };
    if inputs == 0 || outputs % inputs != 0 {
        return Err(Error::invalid(
            place,
            format!("{outputs} filter channels over {inputs} input channels"),
            "give a multiple of the input channels",
        ));
    }
    let (dilation_h, dilation_w) = (options.dilation_h_factor, options.dilation_w_factor);
    Ok(Geometry {
        batch,
        rows: Window::new(
            options.padding,
            height,
            rows,
            options.stride_h,
            dilation_h,
            &place,
        )?,
        columns: Window::new(
            options.padding,
            width,
            columns,
            options.stride_w,
            dilation_w,
            &place,
        )?,
        inputs,
        multiplier: outputs / inputs,
    })
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let g = geometry(call)?;
    Ok(vec![vec![
        g.batch,
        g.rows.output,
        g.columns.output,
        g.inputs * g.multiplier,
    ]])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let g = geometry(call)?;
    let (_, input) = call.f32(0)?;
    let (_, filter) = call.f32(1)?;
    let outputs = g.inputs * g.multiplier;
    let (height, width) = (g.rows.input, g.columns.input);
    let shape = vec![g.batch, g.rows.output, g.columns.output, outputs];
    let mut out = vec![0.0f32; shape.iter().product()];
    for (cell, sums) in out.chunks_exact_mut(outputs).enumerate() {
        let column = cell % g.columns.output;
        let row = cell / g.columns.output % g.rows.output;
        let batch = cell / (g.columns.output * g.rows.output);
        for tap_y in 0..g.rows.size {
            let Some(y) = g.rows.at(row, tap_y) else { continue };
            for tap_x in 0..g.columns.size {
                let Some(x) = g.columns.at(column, tap_x) else {
                    continue;
                };
                let at = ((batch * height + y) * width + x) * g.inputs;
                let pixels = &input[at..at + g.inputs];
                let tap = (tap_y * g.columns.size + tap_x) * outputs;
                let weights = &filter[tap..tap + outputs];
                if g.multiplier == 1 {
                    for ((sum, pixel), weight) in sums.iter_mut().zip(pixels).zip(weights) {
                        *sum += pixel * weight;
                    }
                } else {
                    for (channel, (sum, weight)) in sums.iter_mut().zip(weights).enumerate() {
                        *sum += pixels[channel / g.multiplier] * weight;
                    }
                }
            }
        }
    }
    add_bias(call, 2, outputs, &mut out)?;
    let options = options::read!(call, DepthwiseConv2DOptions);
    activation::apply(options.fused_activation_function, &mut out, &call.place())?;
    Ok(vec![Value::f32(shape, out)])
}
