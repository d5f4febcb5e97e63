//! QUANTIZE, DEQUANTIZE, LEAKY_RELU, and functions by table, of 8-bit integers.

use crate::ops::integer::operands::{self, Side};
use crate::ops::integer::profile::Profile;
use crate::ops::integer::table::looked_up;
use crate::ops::support::options;
use crate::ops::{self, Call};
use quant_ir::error::Result;
use quant_ir::value::{Data, Value};
use quant_numeric::round::half_even_f32;

/// Floats times the reciprocal of the scale; integers of the same type by a factor of steps of 1/256.
pub fn quantize(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let (value, y) = (call.input(0)?, operands::output(call, 0)?);
    let (low, high) = y.limits();
    if let Data::F32(data) = &value.data {
        let inverse = 1.0 / y.scale;
        let (low, high) = ((low - y.zero) as f32, (high - y.zero) as f32);
        // What is no number is the highest integer: the vector's minimum takes its second operand.
        let steps = |x: f32| match x * inverse {
            steps if steps.is_nan() => high,
            steps => steps.clamp(low, high),
        };
        let made = data.iter().map(|x| half_even_f32(steps(*x)) as i32 + y.zero);
        return Ok(vec![y.value(value.shape.clone(), made, y.limits())]);
    }
    let x = operands::input(call, 0)?;
    by_steps(call, x, y, |_| x.scale / y.scale)
}

/// (q − zero point) · scale.
pub fn dequantize(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    (ops::dequantize::DEF.eval)(call)
}

/// x, or alpha · x below zero.
pub fn leaky_relu(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let alpha = options::read!(call, LeakyReluOptions).alpha;
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let above = x.scale / y.scale;
    by_steps(call, x, y, |q| if q < 0 { above * alpha } else { above })
}

/// Integers less their zero point times a factor in steps of 1/256, halves up.
fn by_steps(call: &Call<'_>, x: Side, y: Side, factor: impl Fn(i32) -> f32) -> Result<Vec<Value>> {
    let [below, above] = [-1, 1].map(|q| half_even_f32(256.0 * factor(q)) as i32);
    let made = operands::integers(call, 0)?.into_iter().map(|q| {
        let q = q - x.zero;
        let by = if q < 0 { below } else { above };
        ((q * by + 128) >> 8).clamp(-32768, 32767) + y.zero
    });
    let made: Vec<i32> = made.collect();
    Ok(vec![y.value(
        call.input(0)?.shape.clone(),
        made.into_iter(),
        y.limits(),
    )])
}

/// 1/(1+e^−x).
pub fn logistic(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    by_table(call, None, |x| 1.0 / (1.0 + (-x).exp()))
}

/// tanh x.
pub fn tanh(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    by_table(call, None, f32::tanh)
}

/// x, or e^x − 1 below zero.
pub fn elu(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    by_table(call, None, |x| if x < 0.0 { x.exp_m1() } else { x })
}

/// A function of every integer within `limits`, those of the type if there are none, in f32; the zero point is added before the sum
/// is rounded, halves to even.
pub fn by_table(call: &Call<'_>, limits: Option<(i32, i32)>, f: impl Fn(f32) -> f32) -> Result<Vec<Value>> {
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let inverse = 1.0 / y.scale;
    let first = x.limits().0 - x.zero;
    let real = |at: usize| (first + at as i32) as f32 * x.scale;
    let table = std::array::from_fn(|at| half_even_f32(f(real(at)) * inverse + y.zero as f32) as i32);
    looked_up(call, &table, limits.unwrap_or(y.limits()))
}
