//! Operators whose arithmetic on uint8 onert does in f32: MEAN, RESIZE_BILINEAR, LOGISTIC, TANH, QUANTIZE.

use super::super::operands;
use super::super::profile::Profile;
use crate::ops::Call;
use crate::ops::support::{options, reduce, resize};
use quant_ir::DType;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};
use quant_numeric::fixed::Multiplier;
use quant_numeric::round::half_away_f32;

/// Refuses what only onert could compute, in a type that it refuses.
fn of_uint8(call: &Call<'_>) -> Result<()> {
    let dtype = operands::input(call, 0)?.dtype;
    if dtype == DType::Uint8 {
        return Ok(());
    }
    let problem = Problem::NoKernel(format!("{dtype} has no kernel in ONE's runtimes"));
    Err(Error::new(call.place(), problem, "leave it in float"))
}

/// The mean: the sum over the number in f32, rescaled, halves away from zero.
pub fn mean(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    of_uint8(call)?;
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let (dims, reduced) = (&call.input(0)?.shape, reduce::reduced(call)?);
    let along = dims.iter().zip(&reduced).filter(|(_, reduced)| **reduced);
    let count = along.map(|(dim, _)| *dim).product::<usize>() as f32;
    if count == 0.0 {
        let problem = Problem::Count("it takes the mean of no integers".into());
        return Err(Error::new(
            call.place(),
            problem,
            "reduce along dimensions that have elements",
        ));
    }
    let scale = x.scale / y.scale;
    let bias = -(x.zero as f32) * scale;
    let sums = reduce::fold(
        dims,
        &reduced,
        &operands::integers(call, 0)?,
        0i32,
        i32::wrapping_add,
    );
    let made = sums.into_iter().map(|sum| {
        let value = sum as f32 / count * scale + bias + y.zero as f32;
        (if value < 0.0 { value - 0.5 } else { value + 0.5 }) as i32
    });
    let made: Vec<i32> = made.collect();
    Ok(vec![y.value(
        reduce::shape(call)?.swap_remove(0),
        made.into_iter(),
        y.limits(),
    )])
}

/// Four corners in f32, row by row; what is behind the point is cut.
pub fn resize_bilinear(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    of_uint8(call)?;
    let options = options::read!(call, ResizeBilinearOptions);
    let placing = resize::Placing {
        align_corners: options.align_corners,
        half_pixel_centers: options.half_pixel_centers,
    };
    let y = operands::both_of(call, profile)?;
    let (input, data) = (&call.input(0)?.shape, operands::integers(call, 0)?);
    let shape = resize::shape(call)?.swap_remove(0);
    let (rows, columns) = (
        placing.around(input[1], shape[1]),
        placing.around(input[2], shape[2]),
    );
    let made = resize::corners((&data, input), (&rows, &columns), |corners, down, along| {
        let [a, b, c, d] = corners.map(|q| q as f32);
        let upper = a * ((1.0 - down) * (1.0 - along)) + b * ((1.0 - down) * along);
        (upper + c * (down * (1.0 - along)) + d * (down * along)) as i32
    });
    Ok(vec![y.value(shape, made.into_iter(), y.limits())])
}

/// 1/(1+e^−x).
pub fn logistic(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    by_table(call, |x| 1.0 / (1.0 + (-x).exp()))
}

/// tanh x.
pub fn tanh(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    by_table(call, f32::tanh)
}

/// A table of 256: reals in f64, the function in f32, times the reciprocal of the output's scale.
fn by_table(call: &Call<'_>, f: impl Fn(f32) -> f32) -> Result<Vec<Value>> {
    of_uint8(call)?;
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let inverse = (1.0 / f64::from(y.scale)) as f32;
    let entry = |q: i32| {
        let real = (f64::from(x.scale) * f64::from(q - x.zero)) as f32;
        (half_away_f32(f(real) * inverse) + y.zero as f32) as i32
    };
    let table: Vec<i32> = (0..256).map(entry).collect();
    let made = operands::integers(call, 0)?;
    let made = made.into_iter().map(|q| table[(q & 255) as usize]);
    Ok(vec![y.value(call.input(0)?.shape.clone(), made, y.limits())])
}

/// Integers of floats: divided by the scale, halves away from zero. Integers of others as in LiteRT's reference kernels.
pub fn quantize(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let y = operands::output(call, 0)?;
    let value = call.input(0)?;
    let shape = value.shape.clone();
    if let Data::F32(data) = &value.data {
        let made = data.iter().map(|x| {
            let steps = half_away_f32(x / y.scale);
            // What has no word of 32 bits is the lowest, as in x86's conversion.
            let fits = (-2_147_483_648.0..2_147_483_648.0).contains(&steps);
            (if fits { steps as i32 } else { i32::MIN }).wrapping_add(y.zero)
        });
        return Ok(vec![y.value(shape, made, y.limits())]);
    }
    let x = operands::input(call, 0)?;
    let by = Multiplier::of(f64::from(x.scale) / f64::from(y.scale));
    let made = operands::integers(call, 0)?;
    let made = made
        .into_iter()
        .map(|q| by.times(q - x.zero).wrapping_add(y.zero));
    Ok(vec![y.value(shape, made, y.limits())])
}
