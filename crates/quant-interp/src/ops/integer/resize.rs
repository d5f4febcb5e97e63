//! RESIZE_BILINEAR: places and weights in steps of 1/1024; those of uint8 in f32.

use super::operands;
use super::profile::Profile;
use crate::ops::Call;
use crate::ops::support::options;
use crate::ops::support::resize::{self, Around, Placing};
use quant_ir::DType;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The kernel; both ends have one scale and zero point.
pub fn bilinear(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, ResizeBilinearOptions);
    let y = operands::both(call)?;
    let input = &call.input(0)?.shape;
    let shape = resize::shape(call)?.swap_remove(0);
    let data = operands::integers(call, 0)?;
    if y.dtype == DType::Uint8 {
        let placing = Placing {
            align_corners: options.align_corners,
            half_pixel_centers: options.half_pixel_centers,
        };
        let made = in_f32((&data, input), &shape, placing, profile);
        return Ok(vec![y.value(shape, made.into_iter(), y.limits())]);
    }
    let places = |input: usize, output: usize| -> Vec<Around<i64>> {
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
    let made = resize::corners((&data, input), (&rows, &columns), |corners, down, along| {
        let [a, b, c, d] = corners.map(i64::from);
        let (up, back) = (1024 - down, 1024 - along);
        let sum = a * up * back + c * down * back + b * up * along + d * down * along;
        let half = if sum > 0 { 1 << 19 } else { -(1 << 19) };
        ((sum + half) / (1 << 20)) as i32
    });
    Ok(vec![y.value(shape, made.into_iter(), y.limits())])
}

/// Sums of four products in f32, and a half before they are cut; in another order in each profile.
fn in_f32(
    (data, input): (&[i32], &[usize]),
    shape: &[usize],
    placing: Placing,
    profile: Profile,
) -> Vec<i32> {
    let (rows, columns) = (
        placing.around(input[1], shape[1]),
        placing.around(input[2], shape[2]),
    );
    resize::corners((data, input), (&rows, &columns), |corners, down, along| {
        let [a, b, c, d] = corners.map(|q| q as f32);
        let (up, back) = (1.0 - down, 1.0 - along);
        let sum = match profile {
            Profile::LitertReference | Profile::One | Profile::Onert => {
                a * up * back + c * down * back + b * up * along + d * down * along
            }
            Profile::Litert | Profile::Xnnpack | Profile::Onnxruntime => {
                a * (up * back) + b * (up * along) + c * (down * back) + d * (down * along)
            }
        };
        (sum + 0.5) as i32
    })
}
