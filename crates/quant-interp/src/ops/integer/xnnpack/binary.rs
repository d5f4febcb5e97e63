//! ADD, SUB and MUL of 8-bit integers.

use super::unary;
use crate::ops::Call;
use crate::ops::integer::affine::Rescale;
use crate::ops::integer::operands;
use crate::ops::integer::pairs::pairs;
use crate::ops::integer::profile::Profile;
use crate::ops::support::options;
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_numeric::round::half_even_f64;
use quant_schema::ActivationFunctionType as Activation;

/// The sum.
pub fn add(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, AddOptions);
    sums(call, options.fused_activation_function, 1)
}

/// The difference.
pub fn sub(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, SubOptions);
    sums(call, options.fused_activation_function, -1)
}

/// Products, times one factor in f32; of a tensor with itself XNNPACK makes squares, by table.
pub fn mul(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, MulOptions);
    if call.op.inputs[0] == call.op.inputs[1] {
        let y = operands::output(call, 0)?;
        let limits = y.activation_of(call, options.fused_activation_function, Profile::Xnnpack)?;
        return unary::by_table(call, Some(limits), |x| x * x);
    }
    let (a, b) = (operands::input(call, 0)?, operands::input(call, 1)?);
    let rescale = Rescale::even(a, b.scale, operands::output(call, 0)?);
    saturated(call, options.fused_activation_function, |p, q| {
        rescale.times(i64::from((p - a.zero) * (q - b.zero)))
    })
}

/// Both inputs times a factor of at most 21 bits, the larger of which has all of them; one shift brings their sum to the
/// output's scale, halves up.
fn sums(call: &Call<'_>, activation: Activation, sign: i32) -> Result<Vec<Value>> {
    let (a, b) = (operands::input(call, 0)?, operands::input(call, 1)?);
    let y = operands::output(call, 0)?;
    let [real_a, real_b] = [a.scale / y.scale, b.scale / y.scale];
    // The delegate takes ratios from 2⁻¹⁰ up to 2⁸ alone, so that the shift is between 13 and 30.
    let exponent = (real_a.max(real_b).to_bits() >> 23) as i32 - 127;
    let shift = (20 - exponent).clamp(1, 30);
    let whole = |real: f32| half_even_f64(f64::from(real) * f64::from(1u32 << shift)) as i32;
    let (by_a, by_b) = (whole(real_a), sign * whole(real_b));
    let half = 1 << (shift - 1);
    saturated(call, activation, |p, q| {
        let sum = (p - a.zero).wrapping_mul(by_a);
        let sum = sum.wrapping_add((q - b.zero).wrapping_mul(by_b));
        sum.wrapping_add(half) >> shift
    })
}

/// `of` makes the output's integer of two, without its zero point.
fn saturated(call: &Call<'_>, activation: Activation, of: impl Fn(i32, i32) -> i32) -> Result<Vec<Value>> {
    let y = operands::output(call, 0)?;
    let limits = y.activation_of(call, activation, Profile::Xnnpack)?;
    pairs(call, limits, |p, q| {
        of(p, q).clamp(-32768, 32767).saturating_add(y.zero)
    })
}
