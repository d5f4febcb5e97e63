//! BROADCAST_TO: a value repeated along its dimensions of 1 to the shape in input 1.

use super::support::places;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::BROADCAST_TO,
    name: "BroadcastTo",
    inputs: (2, 2),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let dims = &call.input(0)?.shape;
    let shape = places::dims(&call.ints(1)?, &call.place())?;
    let fits = shape.len().checked_sub(dims.len()).is_some_and(|new| {
        let pairs = dims.iter().zip(&shape[new..]);
        pairs.into_iter().all(|(dim, wanted)| dim == wanted || *dim == 1)
    });
    if fits {
        return Ok(vec![shape]);
    }
    Err(Error::new(
        call.place(),
        Problem::Shape(format!("shape {dims:?} does not broadcast to {shape:?}")),
        "make each dimension 1 or equal, counted from the last",
    ))
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (value, shape) = (call.input(0)?, shape(call)?.swap_remove(0));
    let (strides, new) = (places::strides(&value.shape), shape.len() - value.shape.len());
    let places = places::cross(&shape, |at, i| match at.checked_sub(new) {
        Some(at) if value.shape[at] != 1 => i * strides[at],
        _ => 0,
    });
    Ok(vec![places::moved(value, shape, places)])
}
