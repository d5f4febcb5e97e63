//! MEAN: the mean along some axes.

use super::support::reduce;
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::MEAN,
    name: "Mean",
    options: reduce::read_recipe,
    shape: |call| call.f32(0).and_then(|_| reduce::shape(call)),
    eval,
    rule: Rule::UNARY,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = reduce::shape(call)?.swap_remove(0);
    let (dims, data) = call.f32(0)?;
    let reduced = reduce::reduced(call)?;
    let mut sums = reduce::fold(dims, &reduced, data, 0.0, |sum, x| sum + x);
    let along = dims.iter().zip(&reduced).filter(|(_, reduced)| **reduced);
    let count: usize = along.map(|(d, _)| *d).product();
    sums.iter_mut().for_each(|sum| *sum /= count as f32);
    Ok(vec![Value::f32(shape, sums)])
}
