//! The common parts of operators that work element by element.

use super::broadcast;
use crate::error::Result;
use crate::ops::Call;
use crate::value::Value;

/// The shape rule of one output shaped as input 0.
pub fn same_shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    Ok(vec![call.f32(0)?.0.to_vec()])
}

/// Input 0, each element by itself.
pub fn unary(call: &Call<'_>, f: impl Fn(f32) -> f32) -> Result<Vec<Value>> {
    let (shape, data) = call.f32(0)?;
    Ok(vec![Value::f32(
        shape.to_vec(),
        data.iter().copied().map(f).collect(),
    )])
}

/// The shape rule of inputs 0 and 1 that broadcast.
pub fn broadcast_shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let (a, b) = (call.f32(0)?.0, call.f32(1)?.0);
    Ok(vec![broadcast::shape(a, b, &call.place())?])
}

/// Inputs 0 and 1, broadcast.
pub fn binary(call: &Call<'_>, f: impl Fn(f32, f32) -> f32) -> Result<Vec<Value>> {
    let shape = broadcast_shape(call)?.swap_remove(0);
    let out = broadcast::combine(call.f32(0)?, call.f32(1)?, &shape, f);
    Ok(vec![Value::f32(shape, out)])
}
