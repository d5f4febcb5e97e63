//! DIV: the numerator times the reciprocal of the denominator.

use super::operands;
use super::pairs::pairs;
use super::profile::Profile;
use crate::ops::Call;
use crate::ops::support::options;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_numeric::fixed::Multiplier;
use quant_numeric::fixed::point::reciprocal;
use quant_numeric::fixed::shift::Word;

/// The kernel. LiteRT's fails on a denominator that is the zero point, as this does.
pub fn eval(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, DivOptions);
    let (a, b, y) = (
        operands::input(call, 0)?,
        operands::input(call, 1)?,
        operands::output(call, 0)?,
    );
    if operands::integers(call, 1)?.contains(&b.zero) {
        return Err(Error::new(
            call.place(),
            Problem::Operand("it divides by the integer of zero, where LiteRT's kernel fails".into()),
            "leave it in float, or record ranges that keep its denominators from zero",
        ));
    }
    let by = Multiplier::of(f64::from(a.scale / (b.scale * y.scale)));
    let limits = y.activation(call, options.fused_activation_function)?;
    pairs(call, limits, |p, q| {
        let (mut p, mut q) = (p - a.zero, q - b.zero);
        if q < 0 {
            (p, q) = (-p, -q);
        }
        let (inverse, above) = reciprocal(q.max(1), 31);
        let headroom = if p < 0 {
            (!p).leading_zeros()
        } else {
            p.leading_zeros()
        } as i32
            - 1;
        let quotient = (p << headroom.clamp(0, 31)).high_product(inverse);
        let right = by.exponent - above - headroom;
        let made = quotient.high_product(by.mantissa);
        let made = if right <= 0 {
            shifted(made, right.unsigned_abs())
        } else {
            made << right.min(31)
        };
        made.wrapping_add(y.zero)
    })
}

/// A quotient to the right. Beyond 31 bits the original asks for what its machine makes of such a shift: that of 32 bits
/// less, and one more, unless the quotient is below zero.
fn shifted(quotient: i32, right: u32) -> i32 {
    if right <= 31 {
        return quotient.rounding_shift_right(right);
    }
    (quotient >> (right % 32)) + i32::from(quotient > -1 + i32::from(quotient < 0))
}
