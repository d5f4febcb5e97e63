//! CONV_2D: filter `[out, height, width, in]` slides over an image; bias has one entry an output channel.

use quant_case::recipe::Operation;

use super::ready::{self, Fused, Prepare, Ready};
use super::rule::{ConstInputs, Weights};
use super::support::options;
use super::support::padding::window;
use super::{Call, OpDef, Rule};
use crate::error::{Error, Result};
use crate::ir::{Builtin, Options};
use crate::kernel::{Convolution, Packed, Range};
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

/// How it is made ready.
pub(super) const PREPARE: Prepare = Prepare {
    packed: &[1, 2],
    make: prepare,
};

/// Packed filters `[out, height, width, in]` and biases.
struct Conv2d {
    filter: [usize; 4],
    packed: Packed,
    fused: Fused,
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let filter = filter(call)?;
    Ok(vec![output(&geometry(call, filter)?, filter)])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    ready::eval(call, prepare)
}

fn prepare(call: &Call<'_>) -> Result<Box<dyn Ready>> {
    let filter = filter(call)?;
    let options = options::read!(call, Conv2DOptions);
    let weights = call.f32(1)?.1;
    let bias = bias(call, 2, filter[0])?;
    Ok(Box::new(Conv2d {
        filter,
        packed: Packed::new(filter[0], filter[1..].iter().product(), weights, bias),
        fused: Fused::new(options.fused_activation_function, &call.place())?,
    }))
}

impl Ready for Conv2d {
    fn shape(&self, call: &Call<'_>) -> Result<Vec<usize>> {
        Ok(output(&geometry(call, self.filter)?, self.filter))
    }

    fn run(&self, call: &Call<'_>, threads: usize, out: &mut [f32]) -> Result<Option<Range>> {
        let convolution = geometry(call, self.filter)?;
        let input = call.f32(0)?.1;
        let range = convolution.run(&self.packed, self.fused.clamp, input, out, threads);
        self.fused.finish(call, out, range)
    }
}

fn filter(call: &Call<'_>) -> Result<[usize; 4]> {
    let shape = call.f32(1)?.0;
    shape.try_into().map_err(|_| {
        Error::invalid(
            call.place(),
            format!("filter {shape:?} is not of rank 4"),
            "give [out, height, width, in]",
        )
    })
}

fn output(convolution: &Convolution, filter: [usize; 4]) -> Vec<usize> {
    vec![
        convolution.batch,
        convolution.rows.output,
        convolution.columns.output,
        filter[0],
    ]
}

fn geometry(call: &Call<'_>, [_, rows, columns, depth]: [usize; 4]) -> Result<Convolution> {
    let options = options::read!(call, Conv2DOptions);
    let input = call.f32(0)?.0;
    let &[batch, height, width, inputs] = input else {
        return Err(Error::invalid(
            call.place(),
            format!("input {input:?} is not of rank 4"),
            "give [batch, height, width, in]",
        ));
    };
    if depth != inputs {
        return Err(Error::unsupported(
            call.place(),
            format!("the filter reads {depth} channels, the input has {inputs}"),
            "grouped convolution has no kernel; split it into one convolution a group",
        ));
    }
    let window = |input, size, stride, dilation| {
        window(options.padding, input, size, stride, dilation).map_err(|error| error.within(call.place()))
    };
    Ok(Convolution {
        batch,
        rows: window(height, rows, options.stride_h, options.dilation_h_factor)?,
        columns: window(width, columns, options.stride_w, options.dilation_w_factor)?,
        inputs,
    })
}

/// An optional bias of `channels` entries.
pub(super) fn bias<'a>(call: &Call<'a>, input: usize, channels: usize) -> Result<Option<&'a [f32]>> {
    if call.optional(input).is_none() {
        return Ok(None);
    }
    let (shape, bias) = call.f32(input)?;
    if bias.len() != channels {
        return Err(Error::invalid(
            call.place(),
            format!("bias of shape {shape:?} for {channels} channels"),
            "give the bias one entry an output channel",
        ));
    }
    Ok(Some(bias))
}

/// Adds an optional bias of `channels` entries along the last dimension.
pub(super) fn add_bias(call: &Call<'_>, input: usize, channels: usize, out: &mut [f32]) -> Result<()> {
    let Some(bias) = bias(call, input, channels)? else {
        return Ok(());
    };
    for values in out.chunks_exact_mut(channels.max(1)) {
        for (value, bias) in values.iter_mut().zip(bias) {
            *value += bias;
        }
    }
    Ok(())
}
