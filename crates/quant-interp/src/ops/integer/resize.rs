//! RESIZE_BILINEAR: places and weights in steps of 1/1024; those of uint8 in f32.

use super::operands;
use super::profile::Profile;
use crate::ops::Call;
use crate::ops::support::{options, resize};
use quant_ir::DType;
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_schema::ResizeBilinearOptionsT;

/// The kernel; both ends have one scale and zero point.
pub fn bilinear(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, ResizeBilinearOptions);
    let y = operands::both(call)?;
    let input = &call.input(0)?.shape;
    let shape = resize::shape(call)?.swap_remove(0);
    let data = operands::integers(call, 0)?;
    if y.dtype == DType::Uint8 {
        let made = in_f32(&data, input, &shape, &options, profile);
        return Ok(vec![y.value(shape, made.into_iter(), y.limits())]);
    }
    let places = |input: usize, output: usize| -> Vec<(usize, usize, i64)> {
        let (input, output) = (input as i64, output as i64);
        let mut step = ((input << 10) + output / 2) / output;
        if options.align_corners && output > 1 {
            step = (((input - 1) << 10) + (output - 1) / 2) / (output - 1);
        }
        let place = |at: i64| {
            let mut at = at * step;
            if options.half_pixel_centers {
                at += step / 2 - 512;
            }
            let low = (at / 1024).max(0);
            let high = ((at + 1023) / 1024).min(input - 1);
            (low.min(input - 1) as usize, high.max(0) as usize, at - 1024 * low)
        };
        (0..output).map(place).collect()
    };
    let (rows, columns) = (places(input[1], shape[1]), places(input[2], shape[2]));
    let channels = shape[3];
    let mut made = Vec::with_capacity(shape.iter().product());
    for batch in 0..shape[0] {
        for &(top, bottom, down) in &rows {
            for &(left, right, along) in &columns {
                for channel in 0..channels {
                    let at = |i: usize, j: usize| {
                        i64::from(data[((batch * input[1] + i) * input[2] + j) * channels + channel])
                    };
                    let sum = at(top, left) * (1024 - down) * (1024 - along)
                        + at(bottom, left) * down * (1024 - along)
                        + at(top, right) * (1024 - down) * along
                        + at(bottom, right) * down * along;
                    let half = if sum > 0 { 1 << 19 } else { -(1 << 19) };
                    made.push(((sum + half) / (1 << 20)) as i32);
                }
            }
        }
    }
    Ok(vec![y.value(shape, made.into_iter(), y.limits())])
}

/// Sums of four products in f32, and a half before they are cut; in another order in each profile.
fn in_f32(
    data: &[i32],
    input: &[usize],
    shape: &[usize],
    options: &ResizeBilinearOptionsT,
    profile: Profile,
) -> Vec<i32> {
    let places = |input: usize, output: usize| -> Vec<(usize, usize, f32)> {
        let mut step = input as f32 / output as f32;
        if options.align_corners && output > 1 {
            step = (input - 1) as f32 / (output - 1) as f32;
        }
        let place = |at: usize| {
            let at = if options.half_pixel_centers {
                (at as f32 + 0.5) * step - 0.5
            } else {
                at as f32 * step
            };
            let low = at.floor().max(0.0);
            let high = at.ceil().min((input - 1) as f32).max(0.0);
            (low as usize, high as usize, at - low)
        };
        (0..output).map(place).collect()
    };
    let (rows, columns) = (places(input[1], shape[1]), places(input[2], shape[2]));
    let channels = shape[3];
    let mut made = Vec::with_capacity(shape.iter().product());
    for batch in 0..shape[0] {
        for &(top, bottom, down) in &rows {
            for &(left, right, along) in &columns {
                for channel in 0..channels {
                    let at = |i: usize, j: usize| {
                        data[((batch * input[1] + i) * input[2] + j) * channels + channel] as f32
                    };
                    let (up, back) = (1.0 - down, 1.0 - along);
                    let sum = match profile {
                        Profile::LitertReference | Profile::One | Profile::Onert => {
                            at(top, left) * up * back
                                + at(bottom, left) * down * back
                                + at(top, right) * up * along
                                + at(bottom, right) * down * along
                        }
                        Profile::Litert | Profile::Xnnpack | Profile::Onnxruntime => {
                            at(top, left) * (up * back)
                                + at(top, right) * (up * along)
                                + at(bottom, left) * (down * back)
                                + at(bottom, right) * (down * along)
                        }
                    };
                    made.push((sum + 0.5) as i32);
                }
            }
        }
    }
    made
}
