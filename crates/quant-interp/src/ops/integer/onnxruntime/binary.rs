//! ADD and MUL: `QLinearAdd` and `QLinearMul`.

use super::convert::fused;
use crate::ops::Call;
use crate::ops::integer::operands;
use crate::ops::integer::pairs::pairs;
use crate::ops::integer::profile::Profile;
use crate::ops::support::options;
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_numeric::round::half_even_f32;
use quant_schema::ActivationFunctionType as Activation;

/// The sum: both integers times their share of the output's scale, the second first, with fused additions; all zero points
/// are one number in f32. An operand of one element is part of that number.
pub fn add(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let (a, b) = (operands::input(call, 0)?, operands::input(call, 1)?);
    let y = operands::output(call, 0)?;
    let [by_a, by_b] = [a.scale / y.scale, b.scale / y.scale];
    let zeros = fused(by_a, a.zero as f32, by_b * b.zero as f32);
    let fixed = y.zero as f32 - zeros;
    let (one_a, one_b) = (call.input(0)?.len() == 1, call.input(1)?.len() == 1);
    let function = options::read!(call, AddOptions).fused_activation_function;
    rounded(call, function, |p, q| {
        let (p, q) = (p as f32, q as f32);
        if one_a {
            fused(q, by_b, fixed + p * by_a)
        } else if one_b {
            fused(p, by_a, fixed + q * by_b)
        } else {
            fused(p, by_a, fused(q, by_b, fixed))
        }
    })
}

/// The product of the integers less their zero points, times one factor; the zero point is added before it is rounded.
pub fn mul(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let (a, b) = (operands::input(call, 0)?, operands::input(call, 1)?);
    let y = operands::output(call, 0)?;
    let by = a.scale * b.scale / y.scale;
    let function = options::read!(call, MulOptions).fused_activation_function;
    rounded(call, function, |p, q| {
        ((p - a.zero) as f32 * (q - b.zero) as f32) * by + y.zero as f32
    })
}

/// `of` makes the output's integer of two integers, not rounded yet.
fn rounded(call: &Call<'_>, activation: Activation, of: impl Fn(i32, i32) -> f32) -> Result<Vec<Value>> {
    let limits = operands::output(call, 0)?.activation_of(call, activation, Profile::Onnxruntime)?;
    pairs(call, limits, |p, q| {
        half_even_f32(of(p, q)).clamp(-32768.0, 32767.0) as i32
    })
}
