//! CONV_3D_TRANSPOSE: inputs are output shape, filter `[depth, height, width, out, in]`, volume, optional bias.

use super::conv2d::add_bias;
use super::conv3d::{filter, rank_5, windows};
use super::support::{activation, options, places};
use super::{Call, OpDef, Window};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::CONV_3D_TRANSPOSE,
    name: "Conv3DTranspose",
    inputs: (3, 4),
    shape: |call| Ok(vec![Sizes::of(call)?.output.to_vec()]),
    eval,
};

/// Sizes of a call that fit each other.
struct Sizes {
    output: [usize; 5],
    filter: [usize; 5],
    volume: [usize; 5],
    /// The forward convolution over the output, which this one undoes.
    windows: [Window; 3],
}

impl Sizes {
    fn of(call: &Call<'_>) -> Result<Self> {
        let dims = places::dims(&call.ints(0)?, &call.place())?;
        let (filter, volume) = (filter(call, 1)?, rank_5(call, 2, "volume")?);
        let wrong = || {
            Error::new(
                call.place(),
                Problem::Shape(format!(
                    "filter {filter:?}, volume {volume:?} and output {dims:?} do not fit"
                )),
                "an output [batch, depth, height, width, out] must convolve to the volume's size",
            )
        };
        let output: [usize; 5] = dims.as_slice().try_into().map_err(|_| wrong())?;
        let options = options::read!(call, Conv3DOptions);
        let [batch, z, y, x, outputs] = output;
        let [planes, rows, columns, ..] = filter;
        let windows = windows(call, &options, [z, y, x], [planes, rows, columns])?;
        let sizes = windows.map(|window| window.output);
        if volume != [batch, sizes[0], sizes[1], sizes[2], filter[4]] || outputs != filter[3] {
            return Err(wrong());
        }
        Ok(Self {
            output,
            filter,
            volume,
            windows,
        })
    }
}

/// Every input element adds its product with the filter around its place in the output.
fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let Sizes {
        output,
        filter,
        volume,
        windows: [planes, rows, columns],
    } = Sizes::of(call)?;
    let (weights, elements) = (call.f32(1)?.1, call.f32(2)?.1);
    let [_, _, height, width, outputs] = output;
    let inputs = volume[4];
    let mut out = vec![0.0f32; output.iter().product()];
    // A filter without elements has taps, and nothing under them.
    let taps: usize = if weights.is_empty() {
        0
    } else {
        filter[..3].iter().product()
    };
    for (position, voxel) in elements.chunks_exact(inputs.max(1)).enumerate() {
        let (rest, x) = (position / columns.output, position % columns.output);
        let (rest, y) = (rest / rows.output, rest % rows.output);
        let (batch, z) = (rest / planes.output, rest % planes.output);
        for tap in 0..taps {
            let (tap_z, tap_y, tap_x) = (
                tap / columns.size / rows.size,
                tap / columns.size % rows.size,
                tap % columns.size,
            );
            let (Some(z), Some(y), Some(x)) = (planes.at(z, tap_z), rows.at(y, tap_y), columns.at(x, tap_x))
            else {
                continue;
            };
            let to = (((batch * planes.input + z) * height + y) * width + x) * outputs;
            for (channel, sum) in out[to..to + outputs].iter_mut().enumerate() {
                let from = (tap * outputs + channel) * inputs;
                for (element, weight) in voxel.iter().zip(&weights[from..from + inputs]) {
                    *sum += element * weight;
                }
            }
        }
    }
    add_bias(call, 3, outputs, &mut out)?;
    let options = options::read!(call, Conv3DOptions);
    activation::apply(options.fused_activation_function, &mut out, &call.place())?;
    Ok(vec![Value::f32(output.to_vec(), out)])
}
