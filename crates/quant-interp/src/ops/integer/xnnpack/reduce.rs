//! MEAN and SUM of 8-bit integers: the sum times one factor in f32, to which the zero point is added, less those of the sum times
//! the factor, before it is rounded.

use crate::ops::Call;
use crate::ops::integer::operands;
use crate::ops::integer::profile::Profile;
use crate::ops::support::reduce;
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_numeric::round::half_even_f32;

/// The mean.
pub fn mean(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    sums(call, |scale, count| scale * (1.0 / count as f32))
}

/// The sum.
pub fn sum(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    sums(call, |scale, _| scale)
}

fn sums(call: &Call<'_>, factor: impl Fn(f32, usize) -> f32) -> Result<Vec<Value>> {
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let (dims, reduced) = (&call.input(0)?.shape, reduce::reduced(call)?);
    let along = dims.iter().zip(&reduced).filter(|(_, reduced)| **reduced);
    let count = along.map(|(dim, _)| *dim).product::<usize>();
    let by = factor(x.scale / y.scale, count);
    let sums = reduce::fold(
        dims,
        &reduced,
        &operands::integers(call, 0)?,
        0i32,
        i32::wrapping_add,
    );
    let zeros = x.zero.wrapping_mul(count as i32);
    let bias = y.zero as f32 - zeros as f32 * by;
    let made = sums
        .into_iter()
        .map(|sum| half_even_f32(sum as f32 * by + bias) as i32);
    let shape = reduce::shape(call)?.swap_remove(0);
    Ok(vec![y.value(shape, made, y.limits())])
}
