//! SELECT_V2: elements of x where the condition holds, else of y, with broadcasting.

use super::support::{broadcast, elementwise};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::SELECT_V2,
    name: "SelectV2",
    inputs: (3, 3),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    if let Some(shape) = elementwise::choice_of_one(call)? {
        return Ok(vec![shape]);
    }
    let place = call.place();
    let choices = broadcast::shape(&call.input(1)?.shape, &call.input(2)?.shape, &place)?;
    Ok(vec![broadcast::shape(&call.input(0)?.shape, &choices, &place)?])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let out = shape(call)?.swap_remove(0);
    elementwise::choose(call, &call.input(0)?.shape, &out)
}
