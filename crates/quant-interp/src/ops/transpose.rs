//! TRANSPOSE: dimensions in another order; input 1 is the permutation.

use super::support::places;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::TRANSPOSE,
    name: "Transpose",
    inputs: (2, 2),
    shape,
    eval,
};

fn permutation(call: &Call<'_>) -> Result<Vec<usize>> {
    let rank = call.input(0)?.shape.len();
    let list = call.ints(1)?;
    let order: Vec<usize> = list
        .iter()
        .map(|d| usize::try_from(*d).unwrap_or(usize::MAX))
        .collect();
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if sorted.iter().copied().eq(0..rank) {
        return Ok(order);
    }
    Err(Error::new(
        call.place(),
        Problem::Operand(format!("{list:?} is no order of {rank} dimensions")),
        "name each dimension once",
    ))
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let dims = &call.input(0)?.shape;
    Ok(vec![permutation(call)?.into_iter().map(|at| dims[at]).collect()])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    let (order, shape) = (permutation(call)?, shape(call)?.swap_remove(0));
    let strides = places::strides(&value.shape);
    let places = places::cross(&shape, |at, i| i * strides[order[at]]);
    Ok(vec![places::moved(value, shape, places)])
}
