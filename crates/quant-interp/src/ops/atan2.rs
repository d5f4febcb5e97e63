//! ATAN2: the angle of the point (x, y), from y (input 0) and x (input 1), in radians, −π…π.

use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::ATAN2,
    name: "Atan2",
    inputs: (2, 2),
    shape,
    eval,
};

/// Nothing broadcasts: the runtime reads beyond the smaller input.
fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let (y, x) = (&call.input(0)?.shape, &call.input(1)?.shape);
    if y == x {
        return Ok(vec![y.clone()]);
    }
    Err(Error::new(
        call.place(),
        Problem::Shape(format!("y has shape {y:?}, and x has {x:?}")),
        "broadcast them before: this operator does not",
    ))
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    shape(call)?;
    elementwise::binary(call, f32::atan2)
}
