//! DEPTHWISE_CONV_2D: filter `[1, height, width, in · multiplier]`, each input channel by itself.

use super::conv2d::bias;
use super::ready::{self, Fused, Other, Prepare, Ready, Rows};
use super::support::options;
use super::support::padding::window;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_kernel::{Depthwise, Filter, Range};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::DEPTHWISE_CONV_2D,
    name: "DepthwiseConv2D",
    inputs: (3, 3),
    shape,
    eval,
};

/// How it is made ready.
pub(super) const PREPARE: Prepare = Prepare {
    packed: &[1, 2],
    make: prepare::<true>,
};

/// As ONE's binaries compute it.
pub(super) const ONE: Other = Other {
    prepare: Some(Prepare {
        make: prepare::<false>,
        ..PREPARE
    }),
    eval: |call| ready::eval(call, prepare::<false>),
};

/// Filter `[1, height, width, out]` and biases; `FUSED` as [`Filter::fused`].
struct DepthwiseConv2d<const FUSED: bool> {
    filter: [usize; 4],
    weights: Vec<f32>,
    bias: Vec<f32>,
    fused: Fused,
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let filter = filter(call)?;
    Ok(vec![output(call, &geometry(call, filter)?)?])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    ready::eval(call, prepare::<true>)
}

fn prepare<const FUSED: bool>(call: &Call<'_>) -> Result<Box<dyn Ready>> {
    let options = options::read!(call, DepthwiseConv2DOptions);
    let filter = filter(call)?;
    let outputs = filter[3];
    Ok(Box::new(DepthwiseConv2d::<FUSED> {
        filter,
        weights: call.f32(1)?.1.to_vec(),
        bias: bias(call, 2, outputs)?.map_or_else(|| vec![0.0; outputs], <[f32]>::to_vec),
        fused: Fused::new(options.fused_activation_function, &call.place())?,
    }))
}

impl<const FUSED: bool> Ready for DepthwiseConv2d<FUSED> {
    fn shape(&self, call: &Call<'_>) -> Result<Vec<usize>> {
        output(call, &geometry(call, self.filter)?)
    }

    fn run(&self, call: &Call<'_>, threads: usize, out: &mut [f32]) -> Result<Option<Range>> {
        let depthwise = geometry(call, self.filter)?;
        let (shape, input) = call.f32(0)?;
        let multiplier = depthwise.channels / shape[3].max(1);
        // A multiplier is the same as that many copies of each input channel.
        let repeated: Vec<f32>;
        let input = if multiplier == 1 {
            input
        } else {
            repeated = input
                .iter()
                .flat_map(|x| std::iter::repeat_n(*x, multiplier))
                .collect();
            &repeated
        };
        let range = depthwise.run(self.packed(), self.fused.clamp, input, out, threads);
        self.fused.finish(call, out, range)
    }

    fn rows<'r>(&'r self, call: &Call<'_>) -> Result<Option<Rows<'r>>> {
        let depthwise = geometry(call, self.filter)?;
        let rows = || Rows {
            window: depthwise.rows,
            run: Box::new(move |rows, input, out| {
                let depthwise = Depthwise { rows, ..depthwise };
                depthwise.run(self.packed(), self.fused.clamp, input, out, 1)
            }),
        };
        let shape = &call.input(0)?.shape;
        let fits = shape[0] == 1 && shape[3] == depthwise.channels && self.fused.after.is_none();
        Ok(fits.then(rows))
    }
}

impl<const FUSED: bool> DepthwiseConv2d<FUSED> {
    fn packed(&self) -> Filter<'_> {
        Filter {
            weights: &self.weights,
            bias: &self.bias,
            fused: FUSED,
        }
    }
}

fn filter(call: &Call<'_>) -> Result<[usize; 4]> {
    let shape = call.input(1)?.shape.as_slice();
    shape
        .try_into()
        .ok()
        .filter(|filter: &[usize; 4]| filter[0] == 1)
        .ok_or_else(|| {
            Error::new(
                call.place(),
                Problem::Shape(format!("filter {shape:?} does not fit")),
                "give [1, height, width, out]",
            )
        })
}

fn output(call: &Call<'_>, depthwise: &Depthwise) -> Result<Vec<usize>> {
    let batch = call.input(0)?.shape[0];
    Ok(vec![
        batch,
        depthwise.rows.output,
        depthwise.columns.output,
        depthwise.channels,
    ])
}

/// The multiplier follows from the shapes, as in TensorFlow Lite; the option repeats it.
fn geometry(call: &Call<'_>, [_, rows, columns, outputs]: [usize; 4]) -> Result<Depthwise> {
    let options = options::read!(call, DepthwiseConv2DOptions);
    let input = call.input(0)?.shape.as_slice();
    let &[_, height, width, inputs] = input else {
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
    if inputs == 0 || outputs % inputs != 0 {
        return Err(Error::new(
            call.place(),
            Problem::Shape(format!("{outputs} filter channels over {inputs} input channels")),
            "give a multiple of the input channels",
        ));
    }
    let window = |input, size, stride, dilation| {
        window(options.padding, input, size, stride, dilation).map_err(|error| error.within(call.place()))
    };
    Ok(Depthwise {
        rows: window(height, rows, options.stride_h, options.dilation_h_factor)?,
        columns: window(width, columns, options.stride_w, options.dilation_w_factor)?,
        channels: outputs,
    })
}
