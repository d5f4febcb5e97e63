//! RESIZE_BILINEAR of 8-bit integers: places in f32, weights of 11 bits, one rounding at the end.

use crate::ops::Call;
use crate::ops::integer::operands;
use crate::ops::integer::profile::Profile;
use crate::ops::support::options;
use crate::ops::support::resize::{self, Around, Placing};
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_numeric::round::half_even_f32;

/// The kernel; both ends have one scale and zero point.
pub fn bilinear(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, ResizeBilinearOptions);
    let placing = Placing {
        align_corners: options.align_corners,
        half_pixel_centers: options.half_pixel_centers,
    };
    let y = operands::both(call)?;
    let input = &call.input(0)?.shape;
    let shape = resize::shape(call)?.swap_remove(0);
    let data = operands::integers(call, 0)?;
    let places = |input: usize, output: usize| -> Vec<Around<i32>> {
        let last = (input - 1) as f32;
        let place = |at: usize| {
            let at = placing.at(at, input, output).clamp(0.0, last);
            let low = at as usize;
            let weight = half_even_f32((at - low as f32) * 2048.0) as i32;
            (low, (low + 1).min(input - 1), weight)
        };
        (0..output).map(place).collect()
    };
    let (rows, columns) = (places(input[1], shape[1]), places(input[2], shape[2]));
    let made = resize::corners((&data, input), (&rows, &columns), |[a, b, c, d], down, along| {
        let upper = (a << 11) + (b - a) * along;
        let lower = (c << 11) + (d - c) * along;
        ((upper << 11) + (lower - upper) * down + (1 << 21)) >> 22
    });
    Ok(vec![y.value(shape, made.into_iter(), y.limits())])
}
