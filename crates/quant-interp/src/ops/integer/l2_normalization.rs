//! L2_NORMALIZATION: each row times the reciprocal of its length.

use super::operands;
use super::profile::Profile;
use crate::ops::Call;
use quant_ir::DType;
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_numeric::fixed::Multiplier;
use quant_numeric::fixed::inverse_sqrt::inverse_sqrt;

/// The kernel; the output's scale is 1/128, and its zero point 128 for uint8, whose differences are shifted before they are
/// multiplied.
pub fn eval(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let shape = call.input(0)?.shape.clone();
    let depth = shape.last().copied().unwrap_or(1).max(1);
    let input = operands::integers(call, 0)?;
    let made = input.chunks_exact(depth).flat_map(|row| {
        let squares = row.iter().map(|q| (q - x.zero).wrapping_mul(q - x.zero));
        let length = inverse_sqrt(squares.fold(0i32, i32::wrapping_add));
        let unsigned = x.dtype == DType::Uint8;
        let by = Multiplier {
            exponent: length.exponent + if unsigned { 0 } else { 7 },
            ..length
        };
        let left = if unsigned { 7 } else { 0 };
        row.iter()
            .map(move |q| by.times((q - x.zero) << left).wrapping_add(y.zero))
    });
    let made: Vec<i32> = made.collect();
    Ok(vec![y.value(shape, made.into_iter(), y.limits())])
}
