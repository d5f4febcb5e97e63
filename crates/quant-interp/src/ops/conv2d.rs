//! CONV_2D: filter `[out, height, width, in]` slides over an image; bias has one entry an output channel.
//!
//! An image of more channels than the filter reads, a multiple of them, is a grouped convolution: as many groups of output
//! channels, each of which reads its own part of the channels.

use super::ready::{self, Fused, Other, Prepare, Ready, Rows};
use super::support::group::{Group, Separate};
use super::support::options;
use super::support::padding::window;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_kernel::eigen::Filters;
use quant_kernel::{Clamp, Convolution, Packed, Range};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::CONV_2D,
    name: "Conv2D",
    inputs: (3, 3),
    shape,
    eval,
};

/// How it is made ready.
pub(super) const PREPARE: Prepare = Prepare {
    packed: &[1, 2],
    make: prepare::<Packed>,
};

/// As ONE's binaries compute it: pixels by the plain loop, other windows by Eigen.
pub(super) const ONE: Other = Other {
    prepare: Some(Prepare {
        make: prepare_one,
        ..PREPARE
    }),
    eval: |call| ready::eval(call, prepare_one),
};

/// Filters `[out, height, width, in]` and biases, packed group by group.
struct Conv2d<G> {
    filter: [usize; 4],
    groups: Vec<G>,
    fused: Fused,
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let filter = filter(call)?;
    Ok(vec![output(&geometry(call, filter)?, filter)])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    ready::eval(call, prepare::<Packed>)
}

fn prepare_one(call: &Call<'_>) -> Result<Box<dyn Ready>> {
    let options = options::read!(call, Conv2DOptions);
    let [_, rows, columns, _] = filter(call)?;
    let steps = [
        options.stride_h,
        options.stride_w,
        options.dilation_h_factor,
        options.dilation_w_factor,
    ];
    if (rows, columns, steps) == (1, 1, [1; 4]) {
        prepare::<Separate>(call)
    } else {
        prepare::<Filters>(call)
    }
}

fn prepare<G: Group>(call: &Call<'_>) -> Result<Box<dyn Ready>> {
    let filter = filter(call)?;
    let options = options::read!(call, Conv2DOptions);
    let weights = call.f32(1)?.1;
    let bias = bias(call, 2, filter[0])?;
    // What does not fit is told when it runs: the shapes of open sizes in a model say nothing.
    let inputs = channels(call).unwrap_or(filter[3]);
    let groups = groups(call, filter, inputs).unwrap_or(1);
    let (outputs, k) = (filter[0] / groups, filter[1..].iter().product());
    let pack = |group: usize| {
        let weights = &weights[group * outputs * k..][..outputs * k];
        let bias = bias.map(|bias| &bias[group * outputs..][..outputs]);
        G::new(outputs, k, weights, bias)
    };
    Ok(Box::new(Conv2d {
        filter,
        groups: (0..groups).map(pack).collect(),
        fused: Fused::new(options.fused_activation_function, &call.place())?,
    }))
}

/// Channels of the image: of the value, or, before there is one, of the tensor in the model.
fn channels(call: &Call<'_>) -> Option<usize> {
    if let Some(value) = call.optional(0) {
        return value.shape.last().copied();
    }
    let id = call.op.inputs.first().copied().flatten()?;
    usize::try_from(*call.graph.tensor(id).shape.last()?).ok()
}

/// The number of groups.
fn groups(call: &Call<'_>, filter: [usize; 4], inputs: usize) -> Result<usize> {
    let [outputs, .., depth] = filter;
    if inputs == depth {
        return Ok(1);
    }
    let groups = inputs
        .checked_div(depth)
        .filter(|groups| *groups > 0 && inputs.is_multiple_of(depth));
    groups.filter(|groups| outputs > 0 && outputs.is_multiple_of(*groups)).ok_or_else(|| {
        Error::new(
            call.place(),
            Problem::Shape(format!("the filter of {outputs} channels reads {depth}, the input has {inputs}")),
            "give as many; or, for a grouped convolution, a multiple, into which the filter's channels divide",
        )
    })
}

impl<G: Group> Ready for Conv2d<G> {
    fn shape(&self, call: &Call<'_>) -> Result<Vec<usize>> {
        Ok(output(&geometry(call, self.filter)?, self.filter))
    }

    fn run(&self, call: &Call<'_>, threads: usize, out: &mut [f32]) -> Result<Option<Range>> {
        let (shape, input) = call.f32(0)?;
        let convolution = geometry(call, self.filter)?;
        let inputs = shape[3];
        if groups(call, self.filter, inputs)? != self.groups.len() {
            return Err(Error::new(
                call.place(),
                Problem::Shape(format!(
                    "the input has {inputs} channels, and the model says another number"
                )),
                "let the model say the shape of the input of a grouped convolution",
            ));
        }
        let clamp = self.fused.clamp;
        let range = match self.groups.as_slice() {
            [group] => group.run(&convolution, clamp, input, out, threads),
            groups => grouped(&convolution, groups, clamp, (input, inputs), out, threads),
        };
        self.fused.finish(call, out, range)
    }

    fn rows<'r>(&'r self, call: &Call<'_>) -> Result<Option<Rows<'r>>> {
        let convolution = geometry(call, self.filter)?;
        let ([group], None) = (self.groups.as_slice(), self.fused.after) else {
            return Ok(None);
        };
        let rows = || Rows {
            window: convolution.rows,
            run: Box::new(move |rows, input, out| {
                let convolution = Convolution { rows, ..convolution };
                group.run(&convolution, self.fused.clamp, input, out, 1)
            }),
        };
        let fits =
            G::BY_ROWS && convolution.batch == 1 && groups(call, self.filter, call.input(0)?.shape[3])? == 1;
        Ok(fits.then(rows))
    }
}

/// Each group by itself: its part of the channels is copied out of the image, and its results into the output.
fn grouped<G: Group>(
    convolution: &Convolution,
    groups: &[G],
    clamp: Clamp,
    (input, inputs): (&[f32], usize),
    out: &mut [f32],
    threads: usize,
) -> Range {
    let depth = convolution.inputs;
    let outputs: usize = groups.iter().map(G::outputs).sum();
    let mut range = Range::EMPTY;
    if out.is_empty() {
        return range;
    }
    let (mut part, mut made) = (Vec::new(), vec![0.0; out.len() / groups.len()]);
    for (number, group) in groups.iter().enumerate() {
        part.clear();
        for pixel in input.chunks_exact(inputs) {
            part.extend_from_slice(&pixel[number * depth..][..depth]);
        }
        range = range.join(group.run(convolution, clamp, &part, &mut made, threads));
        for (to, from) in out
            .chunks_exact_mut(outputs)
            .zip(made.chunks_exact(group.outputs()))
        {
            to[number * group.outputs()..][..group.outputs()].copy_from_slice(from);
        }
    }
    range
}

fn filter(call: &Call<'_>) -> Result<[usize; 4]> {
    let shape = call.input(1)?.shape.as_slice();
    shape.try_into().map_err(|_| {
        Error::new(
            call.place(),
            Problem::Rank {
                what: "filter",
                found: shape.to_vec(),
                expected: 4,
            },
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

/// The convolution of one group.
fn geometry(call: &Call<'_>, filter: [usize; 4]) -> Result<Convolution> {
    let [_, rows, columns, depth] = filter;
    let options = options::read!(call, Conv2DOptions);
    let input = call.input(0)?.shape.as_slice();
    let &[batch, height, width, inputs] = input else {
        return Err(Error::new(
            call.place(),
            Problem::Rank {
                what: "input",
                found: input.to_vec(),
                expected: 4,
            },
            "give [batch, height, width, in]",
        ));
    };
    groups(call, filter, inputs)?;
    let window = |input, size, stride, dilation| {
        window(options.padding, input, size, stride, dilation).map_err(|error| error.within(call.place()))
    };
    Ok(Convolution {
        batch,
        rows: window(height, rows, options.stride_h, options.dilation_h_factor)?,
        columns: window(width, columns, options.stride_w, options.dilation_w_factor)?,
        inputs: depth,
    })
}

/// An optional bias of `channels` entries.
pub(super) fn bias<'a>(call: &Call<'a>, input: usize, channels: usize) -> Result<Option<&'a [f32]>> {
    if call.optional(input).is_none() {
        return Ok(None);
    }
    let (shape, bias) = call.f32(input)?;
    if bias.len() != channels {
        return Err(Error::new(
            call.place(),
            Problem::BiasShape {
                found: shape.to_vec(),
                channels,
            },
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
