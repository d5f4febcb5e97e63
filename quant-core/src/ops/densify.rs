//! DENSIFY: a sparse constant, dense.

use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::DENSIFY,
    name: "Densify",
    options: options::none,
    shape: elementwise::same_shape,
    eval,
    rule: Rule::NONE,
};

/// Constants are dense as soon as they are values (see [`crate::interp::constant`]).
fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    Ok(vec![call.input(0)?.clone()])
}
