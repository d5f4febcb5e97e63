//! RESIZE_BILINEAR: `Resize` on integers, which cuts off what it interpolates.

use crate::ops::Call;
use crate::ops::integer::operands;
use crate::ops::integer::profile::Profile;
use crate::ops::support::options;
use crate::ops::support::resize::{self, Around, Placing};
use quant_ir::error::Result;
use quant_ir::value::Value;

/// Two elements around a place, and the shares of the first and the second.
fn around(place: usize, input: usize, output: usize, placing: Placing) -> Around<(f32, f32)> {
    let at = if placing.align_corners {
        if output > 1 {
            place as f32 * (input - 1) as f32 / (output - 1) as f32
        } else {
            0.0
        }
    } else {
        let scale = output as f32 / input as f32;
        if placing.half_pixel_centers {
            (place as f32 + 0.5) / scale - 0.5
        } else {
            place as f32 / scale
        }
    };
    let at = at.max(0.0).min((input - 1) as f32);
    let first = (at as usize).min(input - 1);
    let second = (first + 1).min(input - 1);
    if first == second {
        return (first, second, (0.5, 0.5));
    }
    let shares = ((at - second as f32).abs(), (at - first as f32).abs());
    (first, second, shares)
}

/// The integers themselves, not less their zero point, are interpolated, and cut off towards zero.
pub fn bilinear(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let y = operands::both(call)?;
    let input: Vec<f32> = operands::integers(call, 0)?
        .into_iter()
        .map(|q| q as f32)
        .collect();
    let (shape, made) = interpolated(call, &input)?;
    let made = made.into_iter().map(|sum| sum as i32);
    Ok(vec![y.value(shape, made, y.limits())])
}

/// The same of floats.
pub fn floats(call: &Call<'_>) -> Result<Vec<Value>> {
    let (shape, made) = interpolated(call, call.f32(0)?.1)?;
    Ok(vec![Value::f32(shape, made)])
}

/// The shape of the result, and its elements: row by row, corners from the left to the right, those above first.
fn interpolated(call: &Call<'_>, input: &[f32]) -> Result<(Vec<usize>, Vec<f32>)> {
    let options = options::read!(call, ResizeBilinearOptions);
    let placing = Placing {
        align_corners: options.align_corners,
        half_pixel_centers: options.half_pixel_centers,
    };
    let shape = resize::shape(call)?.swap_remove(0);
    let from = &call.input(0)?.shape;
    let along = |input: usize, output: usize| -> Vec<_> {
        let places = 0..output;
        places
            .map(|place| around(place, input, output, placing))
            .collect()
    };
    let (rows, columns) = (along(from[1], shape[1]), along(from[2], shape[2]));
    let made = resize::corners((input, from), (&rows, &columns), |corners, down, right| {
        let ([a, b, c, d], (of_top, of_bottom), (of_left, of_right)) = (corners, down, right);
        of_left * of_top * a + of_right * of_top * b + of_left * of_bottom * c + of_right * of_bottom * d
    });
    Ok((shape, made))
}
