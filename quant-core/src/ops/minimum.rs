//! MINIMUM: the smaller of two values, element by element, with broadcasting.

use super::support::{broadcast, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::MINIMUM,
    name: "Minimum",
    options: options::none,
    shape,
    eval,
    rule: Rule::BINARY,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    Ok(vec![broadcast::shape(
        call.f32(0)?.0,
        call.f32(1)?.0,
        &call.place(),
    )?])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = shape(call)?.swap_remove(0);
    let out = broadcast::combine(
        call.f32(0)?,
        call.f32(1)?,
        &shape,
        |x, y| if x < y { x } else { y },
    );
    Ok(vec![Value::f32(shape, out)])
}
