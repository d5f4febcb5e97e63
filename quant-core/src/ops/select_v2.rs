//! SELECT_V2: elements of x where the condition holds, else of y, with broadcasting.

use super::rule::ConstInputs;
use super::support::{broadcast, elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::SELECT_V2,
    name: "SelectV2",
    options: options::none,
    shape,
    eval,
    rule: Rule {
        known: true,
        const_inputs: ConstInputs::Own(&[1, 2]),
        ..Rule::NONE
    },
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
