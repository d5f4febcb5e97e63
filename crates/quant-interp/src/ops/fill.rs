//! FILL: a value of one element repeated; input 0 is the shape, input 1 the element.

use super::support::places;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::FILL,
    name: "Fill",
    inputs: (2, 2),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    if call.input(1)?.len() != 1 {
        return Err(Error::new(
            call.place(),
            Problem::Count(format!("{} elements to fill with", call.input(1)?.len())),
            "fill with one element",
        ));
    }
    Ok(vec![places::dims(&call.ints(0)?, &call.place())?])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = shape(call)?.swap_remove(0);
    let places = places::cross(&shape, |_, _| 0);
    Ok(vec![places::moved(call.input(1)?, shape, places)])
}
