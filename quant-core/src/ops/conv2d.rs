//! CONV_2D: filter `[out, height, width, in]` slides over an image; bias has one entry an output channel.

use quant_case::recipe::Operation;

use super::rule::{ConstInputs, Weights};
use super::support::padding::Window;
use super::support::{activation, gemm, options};
use super::{Call, OpDef, Rule};
use crate::error::{Error, Result};
use crate::ir::{Builtin, Options};
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::CONV_2D,
    name: "Conv2D",
    options: read_recipe,
    shape,
    eval,
    rule: Rule {
        weights: Some(Weights {
            input: 0,
            filter: 1,
            axis: 0,
            bias: 2,
            weights_only: true,
        }),
        const_inputs: ConstInputs::Skip,
        ..Rule::UNARY
    },
};

fn read_recipe(op: &Operation) -> Result<Options> {
    options::write!(Conv2DOptions: Conv2DOptionsT {
            padding: options::padding(op)?,
            stride_w: options::int(op, "stride_w")?,
            stride_h: options::int(op, "stride_h")?,
            dilation_w_factor: options::int(op, "dilation_w_factor")?,
            dilation_h_factor: options::int(op, "dilation_h_factor")?,
            fused_activation_function: options::activation(op)?,
        }
    )
}

/// What the kernel needs to know of the shapes.
struct Geometry {
    batch: usize,
    rows: Window,
    columns: Window,
    inputs: usize,
    outputs: usize,
}

fn geometry(call: &Call<'_>) -> Result<Geometry> {
    let options = options::read!(call, Conv2DOptions);
    let place = call.place();
    let (input, filter) = (call.f32(0)?.0, call.f32(1)?.0);
    let (&[batch, height, width, inputs], &[outputs, rows, columns, depth]) = (input, filter) else {
        return Err(Error::invalid(
            place,
            format!("input {input:?} and filter {filter:?} are not of rank 4"),
            "give [batch, height, width, in] and [out, height, width, in]",
        ));
    };
    if depth != inputs {
        return Err(Error::unsupported(
            place,
            format!("the filter reads {depth} channels, the input has {inputs}"),
            "grouped convolution has no kernel; split it into one convolution a group",
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
        outputs,
    })
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let g = geometry(call)?;
    Ok(vec![vec![g.batch, g.rows.output, g.columns.output, g.outputs]])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let g = geometry(call)?;
    let (_, input) = call.f32(0)?;
    let (_, filter) = call.f32(1)?;
    let positions = g.batch * g.rows.output * g.columns.output;
    let depth = g.rows.size * g.columns.size * g.inputs;
    let mut out = vec![0.0; positions * g.outputs];
    let pointwise = depth == g.inputs && g.rows.stride == 1 && g.columns.stride == 1;
    if pointwise {
        gemm::product(positions, g.outputs, depth, input, filter, &mut out);
    } else {
        gemm::product(positions, g.outputs, depth, &gather(&g, input), filter, &mut out);
    }
    add_bias(call, 2, g.outputs, &mut out)?;
    let options = options::read!(call, Conv2DOptions);
    activation::apply(options.fused_activation_function, &mut out, &call.place())?;
    Ok(vec![Value::f32(
        vec![g.batch, g.rows.output, g.columns.output, g.outputs],
        out,
    )])
}

/// One row for each output position: the input elements under the filter, 0 where there is padding.
fn gather(g: &Geometry, input: &[f32]) -> Vec<f32> {
    let (height, width) = (g.rows.input, g.columns.input);
    let cells = g.batch * g.rows.output * g.columns.output * g.rows.size * g.columns.size;
    let mut gathered = Vec::with_capacity(cells * g.inputs);
    for batch in 0..g.batch {
        for row in 0..g.rows.output {
            for column in 0..g.columns.output {
                for tap_y in 0..g.rows.size {
                    let y = g.rows.at(row, tap_y);
                    for tap_x in 0..g.columns.size {
                        match (y, g.columns.at(column, tap_x)) {
                            (Some(y), Some(x)) => {
                                let at = ((batch * height + y) * width + x) * g.inputs;
                                gathered.extend_from_slice(&input[at..at + g.inputs]);
                            }
                            _ => gathered.resize(gathered.len() + g.inputs, 0.0),
                        }
                    }
                }
            }
        }
    }
    gathered
}

/// Adds an optional bias of `channels` entries along the last dimension.
pub(super) fn add_bias(call: &Call<'_>, input: usize, channels: usize, out: &mut [f32]) -> Result<()> {
    if call.optional(input).is_none() {
        return Ok(());
    }
    let (shape, bias) = call.f32(input)?;
    if bias.len() != channels {
        return Err(Error::invalid(
            call.place(),
            format!("bias of shape {shape:?} for {channels} channels"),
            "give the bias one entry an output channel",
        ));
    }
    for values in out.chunks_exact_mut(channels.max(1)) {
        for (value, bias) in values.iter_mut().zip(bias) {
            *value += bias;
        }
    }
    Ok(())
}
