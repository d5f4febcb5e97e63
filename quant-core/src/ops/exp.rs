//! EXP: e to the power x.

use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::EXP,
    name: "Exp",
    options: options::none,
    shape: elementwise::same_shape,
    eval,
    rule: Rule::UNARY,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::unary(call, f32::exp)
}
