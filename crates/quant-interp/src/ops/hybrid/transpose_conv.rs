//! TRANSPOSE_CONV: `y += (f32(w (q − z)) · s_w) · s`, product by product, in floats; then the bias. Each image is a row.

use super::input::{self, Rows};
use super::weights::{Weights, unfit};
use crate::ops::conv2d::bias;
use crate::ops::integer::profile::Profile;
use crate::ops::support::options;
use crate::ops::support::padding::window;
use crate::ops::{Call, transpose_conv};
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The kernel.
pub fn eval(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, TransposeConvOptions);
    let shape = transpose_conv::shape(call)?.swap_remove(0);
    let (image, x) = input::finite(call, 2)?;
    let (&[outputs, taps_y, taps_x, depth], &[_, height, width, inputs]) =
        (call.input(1)?.shape.as_slice(), image)
    else {
        return Err(unfit(call, "its input or filter is not of rank 4"));
    };
    let along = |size, taps, stride| {
        window(options.padding, size, taps, stride, 1).map_err(|error| error.within(call.place()))
    };
    let rows = along(shape[1], taps_y, options.stride_h)?;
    let columns = along(shape[2], taps_x, options.stride_w)?;
    if depth != inputs || shape[3] != outputs || (rows.output, columns.output) != (height, width) {
        return Err(unfit(call, "its filter, input and output do not fit"));
    }
    let weights = Weights::of(call, 1, outputs)?;
    let bias = bias(call, 3, outputs)?;
    let (low, high) = input::limits(call, options.fused_activation_function)?;
    let (size, made) = (height * width * inputs, shape[1] * shape[2] * outputs);
    let mut out = vec![0.0f32; shape.iter().product()];
    for (image, out) in x.chunks_exact(size.max(1)).zip(out.chunks_exact_mut(made.max(1))) {
        let Rows {
            integers,
            scales,
            zeros,
        } = Rows::of(image, size, true);
        for (pixel, q) in integers.chunks_exact(inputs).enumerate() {
            let (row, column) = (pixel / width, pixel % width);
            for tap in 0..taps_y * taps_x {
                let (Some(i), Some(j)) = (rows.at(row, tap / taps_x), columns.at(column, tap % taps_x))
                else {
                    continue;
                };
                let out = &mut out[(i * shape[2] + j) * outputs..][..outputs];
                for (channel, sum) in out.iter_mut().enumerate() {
                    let of_channel = weights.scales[channel % weights.scales.len()];
                    let from = (channel * taps_y * taps_x + tap) * inputs;
                    for (q, w) in q.iter().zip(&weights.integers[from..][..inputs]) {
                        let product = i32::from(*w) * (i32::from(*q) - zeros[0]);
                        *sum += product as f32 * of_channel * scales[0];
                    }
                }
            }
        }
    }
    for row in out.chunks_exact_mut(outputs.max(1)) {
        for (channel, x) in row.iter_mut().enumerate() {
            *x = bias.map_or(*x, |bias| *x + bias[channel]).max(low).min(high);
        }
    }
    Ok(vec![Value::f32(shape, out)])
}
