//! TILE: a value repeated along each dimension; input 1 says how often.

use super::support::places;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::TILE,
    name: "Tile",
    inputs: (2, 2),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let (dims, place) = (&call.input(0)?.shape, call.place());
    let times = places::dims(&call.ints(1)?, &place)?;
    if times.len() != dims.len() {
        return Err(Error::new(
            place,
            Problem::Count(format!("{} repetitions for rank {}", times.len(), dims.len())),
            "give one number for each dimension",
        ));
    }
    let dims = dims.iter().zip(times);
    let dims = dims.map(|(dim, times)| places::checked(dim.checked_mul(times), &place));
    Ok(vec![dims.collect::<Result<_>>()?])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (value, shape) = (call.input(0)?, shape(call)?.swap_remove(0));
    let strides = places::strides(&value.shape);
    let places = places::cross(&shape, |at, i| i % value.shape[at] * strides[at]);
    Ok(vec![places::moved(value, shape, places)])
}
