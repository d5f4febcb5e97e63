//! PRELU: x, or alpha · x below zero.

use super::operands;
use super::profile::Profile;
use crate::ops::Call;
use crate::ops::support::broadcast;
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_numeric::fixed::Multiplier;

/// The kernel.
pub fn eval(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let (x, a, y) = (
        operands::input(call, 0)?,
        operands::input(call, 1)?,
        operands::output(call, 0)?,
    );
    let same = Multiplier::of(f64::from(x.scale / y.scale));
    let below = Multiplier::of(f64::from(x.scale * a.scale / y.scale));
    let (left, right) = (operands::integers(call, 0)?, operands::integers(call, 1)?);
    let (shape_x, shape_a) = (&call.input(0)?.shape, &call.input(1)?.shape);
    let shape = broadcast::shape(shape_x, shape_a, &call.place())?;
    let made = broadcast::combine(
        (shape_x, &left),
        (shape_a, &right),
        &shape,
        |q: i32, alpha: i32| {
            let q = q - x.zero;
            let product = if q >= 0 {
                same.times(q)
            } else {
                below.times(q.wrapping_mul(alpha - a.zero))
            };
            product.wrapping_add(y.zero)
        },
    );
    Ok(vec![y.value(shape, made.into_iter(), y.limits())])
}
