//! DENSIFY: a sparse constant, dense.

use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::DENSIFY,
    name: "Densify",
    inputs: (1, 1),
    shape: elementwise::same_shape,
    eval,
};

/// Constants are dense as soon as they are values (see [`crate::constant`]).
fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    Ok(vec![call.input(0)?.clone()])
}
