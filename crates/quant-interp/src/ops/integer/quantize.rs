//! QUANTIZE of floats and of other integers, and DEQUANTIZE.

use super::operands;
use super::profile::Profile;
use crate::ops::{self, Call};
use quant_ir::DType;
use quant_ir::error::Result;
use quant_ir::value::{Data, Value};
use quant_numeric::fixed::Multiplier;
use quant_numeric::round::{half_away_f32, half_away_f64, half_even_f32, word_of_x86};

/// The kernel. In LiteRT's own, vectors of 8 floats, times the reciprocal of the scale, go to the nearest even integer, and
/// integers of 8 bits go in vectors of 16 whose halves go up; what is left goes one by one, floats through f64, halves away
/// from zero.
pub fn eval(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    let plain = profile == Profile::LitertReference;
    let quant = call.op.outputs.first().map(|id| call.graph.tensor(*id));
    let scale = quant.and_then(|tensor| match tensor.quant.as_ref()?.scale.as_slice() {
        &[scale] if matches!(tensor.dtype, DType::Int8 | DType::Uint8 | DType::Int16) => Some(scale),
        _ => None,
    });
    // The operator's own kernel is the reference kernel, but for what has no integer.
    let own = scale.is_none_or(|scale| {
        // Half of the words, so that no division is needed to see that all have one.
        let most = scale * 1_073_741_824.0;
        plain
            && value
                .as_f32()
                .is_some_and(|data| data.iter().all(|x| x.abs() < most))
    });
    if own {
        return (ops::quantize::DEF.eval)(call);
    }
    let y = operands::output(call, 0)?;
    let shape = value.shape.clone();
    if let Data::F32(data) = &value.data {
        let (inverse, vectors) = (1.0 / y.scale, data.len() / 8 * 8);
        let made = data.iter().enumerate().map(|(at, x)| {
            let steps = if plain {
                f64::from(half_away_f32(x / y.scale))
            } else if at < vectors {
                f64::from(half_even_f32(x * inverse))
            } else {
                half_away_f64(f64::from(*x) / f64::from(y.scale))
            };
            word_of_x86(steps).wrapping_add(y.zero)
        });
        return Ok(vec![y.value(shape, made, y.limits())]);
    }
    let x = operands::input(call, 0)?;
    let by = Multiplier::of(f64::from(x.scale) / f64::from(y.scale));
    let given = operands::integers(call, 0)?;
    let short = [x, y]
        .iter()
        .all(|side| matches!(side.dtype, DType::Int8 | DType::Uint8));
    let vectors = if short && !plain { given.len() / 16 * 16 } else { 0 };
    let one = |(at, q): (usize, i32)| {
        let q = q.wrapping_sub(x.zero);
        let made = if at < vectors { by.times_up(q) } else { by.times(q) };
        made.wrapping_add(y.zero)
    };
    let made = given.into_iter().enumerate().map(one);
    Ok(vec![y.value(shape, made, y.limits())])
}

/// Floats of integers. In LiteRT's own, vectors of 8 integers are products with the scale less that of the zero point.
pub fn dequantize(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let own = ops::dequantize::DEF.eval;
    let tensor = call
        .op
        .inputs
        .first()
        .copied()
        .flatten()
        .map(|id| call.graph.tensor(id));
    let quant = tensor.and_then(|tensor| tensor.quant.as_ref());
    let (Profile::Litert, Some(&[_])) = (profile, quant.map(|quant| quant.scale.as_slice())) else {
        return own(call);
    };
    let x = operands::input(call, 0)?;
    let mut made = own(call)?;
    if let Some(Value {
        data: Data::F32(made),
        ..
    }) = made.first_mut()
    {
        let vectors = made.len() / 8 * 8;
        let bias = -(x.zero as f32) * x.scale;
        for (made, q) in made[..vectors].iter_mut().zip(operands::integers(call, 0)?) {
            *made = q as f32 * x.scale + bias;
        }
    }
    Ok(made)
}
