//! REVERSE_V2: a value from back to front along the dimensions in input 1.

use super::concatenation::resolve;
use super::support::places;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::REVERSE_V2,
    name: "ReverseV2",
    inputs: (2, 2),
    shape,
    eval,
};

/// For each dimension, whether it is reversed.
fn axes(call: &Call<'_>) -> Result<Vec<bool>> {
    let rank = call.input(0)?.shape.len();
    let mut reversed = vec![false; rank];
    for axis in call.ints(1)? {
        let at = resolve(axis, rank, &call.place())?;
        if std::mem::replace(&mut reversed[at], true) {
            return Err(Error::new(
                call.place(),
                Problem::Duplicate(format!("axis {axis} is there twice")),
                "name each dimension once",
            ));
        }
    }
    Ok(reversed)
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    axes(call)?;
    Ok(vec![call.input(0)?.shape.clone()])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (value, reversed) = (call.input(0)?, axes(call)?);
    let strides = places::strides(&value.shape);
    let places = places::cross(&value.shape, |at, i| {
        strides[at] * if reversed[at] { value.shape[at] - 1 - i } else { i }
    });
    Ok(vec![places::moved(value, value.shape.clone(), places)])
}
