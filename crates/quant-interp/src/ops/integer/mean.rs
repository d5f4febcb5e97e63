//! MEAN and SUM: sums of 32 bits, times a factor that holds the number of elements, too.

use super::{Profile, operands};
use crate::ops::Call;
use crate::ops::support::reduce;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_numeric::fixed::Multiplier;

/// The mean.
pub fn mean(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let (dims, reduced) = (&call.input(0)?.shape, reduce::reduced(call)?);
    let along = dims.iter().zip(&reduced).filter(|(_, reduced)| **reduced);
    let count = along.map(|(dim, _)| *dim).product::<usize>() as u64;
    if count == 0 {
        let problem = Problem::Count("it takes the mean of no integers".into());
        return Err(Error::new(
            call.place(),
            problem,
            "reduce along dimensions that have elements",
        ));
    }
    let by = Multiplier::of(f64::from(x.scale) / f64::from(y.scale));
    // The number divides the mantissa, with as many bits more as both have room for.
    let shift = (63 - count.leading_zeros() as i32).min(32).min(31 + by.exponent);
    let by = Multiplier {
        mantissa: ((i64::from(by.mantissa) << shift) / count as i64) as i32,
        exponent: by.exponent - shift,
    };
    let input = operands::integers(call, 0)?;
    let sums = reduce::fold(dims, &reduced, &input, 0i32, i32::wrapping_add);
    let zeros = x.zero.wrapping_mul(count as i32);
    let made = sums
        .into_iter()
        .map(|sum| by.times(sum.wrapping_sub(zeros)).wrapping_add(y.zero));
    let shape = reduce::shape(call)?.swap_remove(0);
    Ok(vec![y.value(shape, made, y.limits())])
}

/// The sum.
pub fn sum(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let (dims, reduced) = (&call.input(0)?.shape, reduce::reduced(call)?);
    let along = dims.iter().zip(&reduced).filter(|(_, reduced)| **reduced);
    let count = along.map(|(dim, _)| *dim).product::<usize>() as i32;
    let by = Multiplier::of(f64::from(x.scale) / f64::from(y.scale));
    let input = operands::integers(call, 0)?;
    let sums = reduce::fold(dims, &reduced, &input, 0i32, i32::wrapping_add);
    let made = sums.into_iter().map(|sum| {
        by.times(sum.wrapping_sub(x.zero.wrapping_mul(count)))
            .wrapping_add(y.zero)
    });
    let shape = reduce::shape(call)?.swap_remove(0);
    Ok(vec![y.value(shape, made, y.limits())])
}
