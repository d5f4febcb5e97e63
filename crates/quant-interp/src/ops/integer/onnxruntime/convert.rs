//! QUANTIZE: `QuantizeLinear`; what the kernels share.

use crate::ops::Call;
use crate::ops::integer::operands::{self, Side};
use crate::ops::integer::profile::Profile;
use crate::ops::quantize::eval_even;
use quant_ir::error::Result;
use quant_ir::value::{Data, Value};
use quant_numeric::round::half_even_f32;

/// a · b + c, rounded once, as MLAS has it on x86-64.
#[allow(clippy::disallowed_methods)]
pub fn fused(a: f32, b: f32, c: f32) -> f32 {
    a.mul_add(b, c)
}

/// The integer of a real number, within its type: halves to even, and the zero point behind that. NaN is the least.
pub fn integer(x: f32, y: Side) -> i32 {
    let (low, high) = y.limits();
    let q = half_even_f32(x / y.scale) + y.zero as f32;
    if q.is_nan() {
        low
    } else {
        q.clamp(low as f32, high as f32) as i32
    }
}

/// Floats, or other integers by way of floats.
pub fn quantize(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    if matches!(value.data, Data::F32(_)) {
        return eval_even(call);
    }
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let made = operands::integers(call, 0)?;
    let made = made
        .into_iter()
        .map(|q| integer((q - x.zero) as f32 * x.scale, y));
    Ok(vec![y.value(value.shape.clone(), made, y.limits())])
}
