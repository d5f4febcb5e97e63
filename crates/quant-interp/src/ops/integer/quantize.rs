//! QUANTIZE as LiteRT's own kernels compute it; the reference kernel is the operator's own.

use super::operands;
use super::profile::Profile;
use crate::ops::{self, Call};
use quant_ir::DType;
use quant_ir::error::Result;
use quant_ir::value::{Data, Value};
use quant_numeric::fixed::Multiplier;
use quant_numeric::round::{half_away_f64, half_even_f32};

/// The kernel. Vectors of 8 floats, times the reciprocal of the scale, go to the nearest even integer; integers of 8 bits go in
/// vectors of 16 whose halves go up. What is left goes one by one, floats through f64, halves away from zero.
pub fn eval(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    if profile == Profile::LitertReference {
        return (ops::quantize::DEF.eval)(call);
    }
    let y = operands::output(call, 0)?;
    let shape = value.shape.clone();
    if let Data::F32(data) = &value.data {
        let inverse = 1.0 / y.scale;
        let vectors = data.len() / 8 * 8;
        let made = data.iter().enumerate().map(|(at, x)| {
            let steps = if at < vectors {
                f64::from(half_even_f32(x * inverse))
            } else {
                half_away_f64(f64::from(*x) / f64::from(y.scale))
            };
            (steps as i32).saturating_add(y.zero)
        });
        return Ok(vec![y.value(shape, made, y.limits())]);
    }
    let x = operands::input(call, 0)?;
    let by = Multiplier::of(f64::from(x.scale) / f64::from(y.scale));
    let given = operands::integers(call, 0)?;
    // Words of 16 bits take the plain loop.
    let vectors = if x.dtype == DType::Int16 || y.dtype == DType::Int16 {
        0
    } else {
        given.len() / 16 * 16
    };
    let one = |(at, q): (usize, i32)| {
        let q = q.wrapping_sub(x.zero);
        let made = if at < vectors { by.times_up(q) } else { by.times(q) };
        made.wrapping_add(y.zero)
    };
    let made = given.into_iter().enumerate().map(one);
    Ok(vec![y.value(shape, made, y.limits())])
}
