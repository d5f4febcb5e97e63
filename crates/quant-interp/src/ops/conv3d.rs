//! CONV_3D: filter `[depth, height, width, in, out]` slides over a volume `[batch, depth, height, width, in]`; bias has one
//! entry an output channel.
//!
//! Each output is one chain of fused multiply-adds, as in CONV_2D: the bias first, then the filter's planes, rows,
//! columns and input channels.

use quant_schema::Conv3DOptionsT;

use super::conv2d::bias;
use super::ready::{self, Fused, Prepare, Ready};
use super::support::options;
use super::support::padding::window;
use super::{Call, OpDef, Window};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_kernel::{self, Packed, Range};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::CONV_3D,
    name: "Conv3D",
    inputs: (2, 3),
    shape,
    eval: |call| ready::eval(call, prepare),
};

/// How it is made ready.
pub(super) const PREPARE: Prepare = Prepare {
    packed: &[1, 2],
    make: prepare,
};

/// Packed filters and biases.
struct Conv3d {
    filter: [usize; 5],
    packed: Packed,
    fused: Fused,
}

/// Floats of input that are gathered at a time.
const BLOCK: usize = 1 << 16;

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    Ok(vec![output(call, filter(call, 1)?)?])
}

fn prepare(call: &Call<'_>) -> Result<Box<dyn Ready>> {
    let options = options::read!(call, Conv3DOptions);
    let filter = filter(call, 1)?;
    let (n, k) = (filter[4], filter[..4].iter().product());
    let weights = call.f32(1)?.1;
    // The kernel wants the elements of one filter side by side.
    let turned: Vec<f32> = (0..n)
        .flat_map(|channel| weights.iter().skip(channel).step_by(n).copied())
        .collect();
    Ok(Box::new(Conv3d {
        filter,
        packed: Packed::new(n, k, &turned, bias(call, 2, n)?),
        fused: Fused::new(options.fused_activation_function, &call.place())?,
    }))
}

impl Ready for Conv3d {
    fn shape(&self, call: &Call<'_>) -> Result<Vec<usize>> {
        output(call, self.filter)
    }

    fn run(&self, call: &Call<'_>, threads: usize, out: &mut [f32]) -> Result<Option<Range>> {
        let (shape, windows) = geometry(call, self.filter)?;
        let input = call.f32(0)?.1;
        let (n, k) = (self.packed.n, self.packed.k);
        let positions = out.len().checked_div(n).unwrap_or(0);
        let block = (BLOCK / k.max(1)).max(1);
        let mut patches = Vec::new();
        let mut range = Range::EMPTY;
        for from in (0..positions).step_by(block) {
            let to = positions.min(from + block);
            patches.clear();
            // A filter without elements has taps, and nothing under them.
            for position in (from..to).filter(|_| k > 0) {
                gather(shape, &windows, input, position, &mut patches);
            }
            let out = &mut out[from * n..to * n];
            range = range.join(quant_kernel::product(
                &self.packed,
                self.fused.clamp,
                &patches,
                out,
                threads,
            ));
        }
        self.fused.finish(call, out, range)
    }
}

/// Appends the elements under the filter at an output position, zeros where there is padding.
fn gather(shape: [usize; 5], windows: &[Window; 3], input: &[f32], position: usize, patches: &mut Vec<f32>) {
    let [_, _, height, width, inputs] = shape;
    let [planes, rows, columns] = windows;
    let (rest, x) = (position / columns.output, position % columns.output);
    let (rest, y) = (rest / rows.output, rest % rows.output);
    let (batch, z) = (rest / planes.output, rest % planes.output);
    for tap_z in 0..planes.size {
        let plane = planes.at(z, tap_z);
        for tap_y in 0..rows.size {
            let line = plane.zip(rows.at(y, tap_y));
            let line = line.map(|(z, y)| (batch * planes.input + z) * height + y);
            for tap_x in 0..columns.size {
                match line.zip(columns.at(x, tap_x)) {
                    Some((line, x)) => {
                        let from = (line * width + x) * inputs;
                        patches.extend_from_slice(&input[from..from + inputs]);
                    }
                    None => patches.resize(patches.len() + inputs, 0.0),
                }
            }
        }
    }
}

/// The filter, which is input `index`.
pub(super) fn filter(call: &Call<'_>, index: usize) -> Result<[usize; 5]> {
    rank_5(call, index, "filter")
}

/// A shape of rank 5.
pub(super) fn rank_5(call: &Call<'_>, index: usize, what: &'static str) -> Result<[usize; 5]> {
    let shape = call.f32(index)?.0;
    shape.try_into().map_err(|_| {
        Error::new(
            call.place(),
            Problem::Rank { what, found: shape.to_vec(), expected: 5 },
            "give a batch of volumes [batch, depth, height, width, in], and a filter of three sizes and two numbers of channels",
        )
    })
}

/// The windows along depth, height and width of a volume.
pub(super) fn windows(
    call: &Call<'_>,
    options: &Conv3DOptionsT,
    volume: [usize; 3],
    filter: [usize; 3],
) -> Result<[Window; 3]> {
    let strides = [options.stride_d, options.stride_h, options.stride_w];
    let dilations = [
        options.dilation_d_factor,
        options.dilation_h_factor,
        options.dilation_w_factor,
    ];
    let along = |at: usize| {
        let window = window(
            options.padding,
            volume[at],
            filter[at],
            strides[at],
            dilations[at],
        );
        window.map_err(|error| error.within(call.place()))
    };
    Ok([along(0)?, along(1)?, along(2)?])
}

/// The input's shape and the windows over it.
fn geometry(call: &Call<'_>, filter: [usize; 5]) -> Result<([usize; 5], [Window; 3])> {
    let shape = rank_5(call, 0, "input")?;
    let [planes, rows, columns, depth, _] = filter;
    let [_, z, y, x, inputs] = shape;
    if depth != inputs {
        return Err(Error::new(
            call.place(),
            Problem::Shape(format!(
                "the filter reads {depth} channels, the input has {inputs}"
            )),
            "give as many",
        ));
    }
    let options = options::read!(call, Conv3DOptions);
    let windows = windows(call, &options, [z, y, x], [planes, rows, columns])?;
    Ok((shape, windows))
}

fn output(call: &Call<'_>, filter: [usize; 5]) -> Result<Vec<usize>> {
    let (shape, [planes, rows, columns]) = geometry(call, filter)?;
    Ok(vec![
        shape[0],
        planes.output,
        rows.output,
        columns.output,
        filter[4],
    ])
}
