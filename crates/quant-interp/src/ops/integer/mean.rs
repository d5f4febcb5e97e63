//! MEAN and SUM: sums of 32 bits, times a factor that holds the number of elements, too.

use super::operands::{self, Side};
use super::profile::Profile;
use crate::ops::Call;
use crate::ops::support::{options, reduce};
use quant_ir::DType;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_numeric::fixed::Multiplier;
use quant_numeric::round::half_away_f32;

/// What is added up.
struct Sums {
    x: Side,
    y: Side,
    each: Vec<i32>,
    count: u64,
    shape: Vec<usize>,
}

impl Sums {
    fn of(call: &Call<'_>) -> Result<Self> {
        Self::of_integers(call, &operands::integers(call, 0)?)
    }

    fn of_integers(call: &Call<'_>, input: &[i32]) -> Result<Self> {
        let (dims, reduced) = (&call.input(0)?.shape, reduce::reduced(call)?);
        let along = dims.iter().zip(&reduced).filter(|(_, reduced)| **reduced);
        let count = along.map(|(dim, _)| *dim).product::<usize>() as u64;
        let shape = reduce::shape(call)?.swap_remove(0);
        some(call, count, &shape)?;
        Ok(Self {
            x: operands::input(call, 0)?,
            y: operands::output(call, 0)?,
            each: reduce::fold(dims, &reduced, input, 0i32, i32::wrapping_add),
            count,
            shape,
        })
    }

    /// The scale of the input in steps of the output.
    fn real(&self) -> f64 {
        f64::from(self.x.scale) / f64::from(self.y.scale)
    }

    fn finish(self, one: impl Fn(i32) -> i32) -> Vec<Value> {
        self.finish_at(|_, sum| one(sum))
    }

    fn finish_at(self, one: impl Fn(usize, i32) -> i32) -> Vec<Value> {
        let made = self.each.iter().enumerate();
        let made = made.map(|(at, sum)| one(at, *sum).wrapping_add(self.y.zero));
        let made: Vec<i32> = made.collect();
        vec![self.y.value(self.shape, made.into_iter(), self.y.limits())]
    }
}

/// Refuses to make elements of none: LiteRT leaves its output as it was.
fn some(call: &Call<'_>, count: u64, shape: &[usize]) -> Result<()> {
    if count > 0 || shape.contains(&0) {
        return Ok(());
    }
    Err(Error::new(
        call.place(),
        Problem::Count("it makes a number of no integers".into()),
        "reduce along dimensions that have elements",
    ))
}

/// The mean.
pub fn mean(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let sums = Sums::of(call)?;
    let (x, y, count) = (sums.x, sums.y, sums.count.max(1));
    if profile == Profile::Litert && x.dtype != DType::Int16 && is_of_image(call)? {
        let zero = f32::from(x.zero as i16) * x.scale / y.scale;
        let bias = if zero > 0.0 { zero + 0.5 } else { zero - 0.5 } as i32;
        let by = Multiplier::of(f64::from(x.scale / (count as f32 * y.scale)));
        let channels = sums.shape.last().copied().unwrap_or(1).max(1);
        let vectors = channels / 16 * 16;
        return Ok(sums.finish_at(|at, sum| {
            let made = if at % channels < vectors {
                by.times_up(sum)
            } else {
                by.times(sum)
            };
            made.wrapping_sub(bias)
        }));
    }
    let by = Multiplier::of(sums.real());
    // The number divides the mantissa, with as many bits more as both have room for.
    let shift = (63 - count.leading_zeros() as i32).min(32).min(31 + by.exponent);
    let by = Multiplier {
        mantissa: ((i64::from(by.mantissa) << shift) / count as i64) as i32,
        exponent: by.exponent - shift,
    };
    let zeros = x.zero.wrapping_mul(count as i32);
    Ok(sums.finish(|sum| by.times(sum.wrapping_sub(zeros))))
}

/// Whether rows and columns of images are reduced, and nothing else, to images of one pixel.
fn is_of_image(call: &Call<'_>) -> Result<bool> {
    let keep = options::read!(call, ReducerOptions).keep_dims;
    Ok(keep && reduce::reduced(call)? == [false, true, true, false])
}

/// The product of the elements, brought back to the output's scale by a root of it at each.
pub fn product(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let (dims, reduced) = (&call.input(0)?.shape, reduce::reduced(call)?);
    let along = dims.iter().zip(&reduced).filter(|(_, reduced)| **reduced);
    let count = along.map(|(dim, _)| *dim).product::<usize>();
    let shape = reduce::shape(call)?.swap_remove(0);
    some(call, count as u64, &shape)?;
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let by = Multiplier::of(f64::from(x.scale) / f64::from(y.scale).powf(1.0 / count as f64));
    let input: Vec<Option<i32>> = operands::integers(call, 0)?
        .into_iter()
        .map(|q| Some(q - x.zero))
        .collect();
    let next = |before: Option<i32>, q: Option<i32>| match (before, q) {
        (Some(before), Some(q)) => Some(by.times_wide(i64::from(before) * i64::from(q))),
        (None, first) => first,
        (before, None) => before,
    };
    let made = reduce::fold(dims, &reduced, &input, None, next);
    let made = made
        .into_iter()
        .map(|made| by.times_wide(made.unwrap_or(1).into()).wrapping_add(y.zero));
    Ok(vec![y.value(shape, made, y.limits())])
}

/// The sum. LiteRT's reference kernel reads and writes bytes as uint8, those of int8 too; of integers of 16 bits it would
/// leave half of the output as it was.
pub fn sum(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    if profile == Profile::Litert {
        let sums = Sums::of(call)?;
        let scale = sums.x.scale / sums.y.scale;
        let bias = -(sums.x.zero as f32) * scale * sums.count as f32;
        return Ok(sums.finish(|sum| half_away_f32(sum as f32 * scale + bias) as i32));
    }
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    if [x, y].iter().any(|side| side.limits().1 - side.limits().0 != 255) {
        let problem = Problem::NoKernel("LiteRT's reference kernel reads its integers as bytes".into());
        return Err(Error::new(
            call.place(),
            problem,
            "take another runtime, or leave it in float",
        ));
    }
    let bytes: Vec<i32> = operands::integers(call, 0)?
        .into_iter()
        .map(|q| q & 255)
        .collect();
    let sums = Sums::of_integers(call, &bytes)?;
    let by = Multiplier::of(sums.real());
    let zeros = x.zero.wrapping_mul(sums.count as i32);
    let made = sums.each.iter().map(|sum| {
        let byte = by
            .times(sum.wrapping_sub(zeros))
            .wrapping_add(y.zero)
            .clamp(0, 255);
        if y.dtype == DType::Int8 {
            i32::from(byte as u8 as i8)
        } else {
            byte
        }
    });
    let made: Vec<i32> = made.collect();
    Ok(vec![y.value(sums.shape, made.into_iter(), y.limits())])
}
