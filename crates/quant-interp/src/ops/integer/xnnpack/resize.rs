//! RESIZE_BILINEAR of 8-bit integers: places in f32, weights of 11 bits, one rounding at the end.

use crate::ops::Call;
use crate::ops::integer::operands;
use crate::ops::integer::profile::Profile;
use crate::ops::support::{options, resize};
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_numeric::round::half_even_f32;

/// The kernel; both ends have one scale and zero point.
pub fn bilinear(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, ResizeBilinearOptions);
    let y = operands::both(call)?;
    let input = &call.input(0)?.shape;
    let shape = resize::shape(call)?.swap_remove(0);
    let data = operands::integers(call, 0)?;
    let places = |input: usize, output: usize| -> Vec<(usize, usize, i32)> {
        let mut step = input as f32 / output as f32;
        if options.align_corners && output > 1 {
            step = (input - 1) as f32 / (output - 1) as f32;
        }
        let last = (input - 1) as f32;
        let place = |at: usize| {
            let at = if options.half_pixel_centers {
                (at as f32 + 0.5) * step - 0.5
            } else {
                at as f32 * step
            };
            let at = at.clamp(0.0, last);
            let low = at as usize;
            let weight = half_even_f32((at - low as f32) * 2048.0) as i32;
            (low, (low + 1).min(input - 1), weight)
        };
        (0..output).map(place).collect()
    };
    let (rows, columns) = (places(input[1], shape[1]), places(input[2], shape[2]));
    let channels = shape[3];
    let mut made = Vec::with_capacity(shape.iter().product());
    for batch in 0..shape[0] {
        for &(top, bottom, down) in &rows {
            for &(left, right, along) in &columns {
                let pixel = |i: usize, j: usize| {
                    let from = ((batch * input[1] + i) * input[2] + j) * channels;
                    &data[from..from + channels]
                };
                let corners = pixel(top, left).iter().zip(pixel(top, right));
                let corners = corners.zip(pixel(bottom, left).iter().zip(pixel(bottom, right)));
                made.extend(corners.map(|((a, b), (c, d))| {
                    let upper = (a << 11) + (b - a) * along;
                    let lower = (c << 11) + (d - c) * along;
                    ((upper << 11) + (lower - upper) * down + (1 << 21)) >> 22
                }));
            }
        }
    }
    Ok(vec![y.value(shape, made.into_iter(), y.limits())])
}
