//! Two operands, element by element.

use super::operands;
use crate::ops::Call;
use crate::ops::support::broadcast;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The output of `of`, which makes its integer, zero point and all, of two integers with theirs; within `limits`.
pub fn pairs(call: &Call<'_>, limits: (i32, i32), of: impl Fn(i32, i32) -> i32) -> Result<Vec<Value>> {
    let (left, right) = (operands::integers(call, 0)?, operands::integers(call, 1)?);
    let (shape_a, shape_b) = (&call.input(0)?.shape, &call.input(1)?.shape);
    let shape = broadcast::shape(shape_a, shape_b, &call.place())?;
    let made = broadcast::combine((shape_a, &left), (shape_b, &right), &shape, of);
    let y = operands::output(call, 0)?;
    Ok(vec![y.value(shape, made.into_iter(), limits)])
}
