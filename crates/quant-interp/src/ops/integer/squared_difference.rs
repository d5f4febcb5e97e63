//! SQUARED_DIFFERENCE: both inputs are brought to twice the larger scale with 7 bits to spare.

use super::operands;
use super::pairs::pairs;
use super::profile::Profile;
use crate::ops::Call;
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_numeric::fixed::Multiplier;

/// The kernel.
pub fn eval(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let (a, b, y) = (
        operands::input(call, 0)?,
        operands::input(call, 1)?,
        operands::output(call, 0)?,
    );
    let twice = 2.0 * f64::from(a.scale.max(b.scale));
    let (by_a, by_b) = (
        Multiplier::of(f64::from(a.scale) / twice),
        Multiplier::of(f64::from(b.scale) / twice),
    );
    let by = Multiplier::of(twice * twice / f64::from((1 << 14) as f32 * y.scale));
    pairs(call, y.limits(), |p, q| {
        let difference = by_a.times((p - a.zero) << 7) - by_b.times((q - b.zero) << 7);
        by.times(difference.wrapping_mul(difference)).wrapping_add(y.zero)
    })
}
