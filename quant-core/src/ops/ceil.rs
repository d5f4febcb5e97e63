//! CEIL: the smallest whole number that is not below x.

use super::rule::OutputRange;
use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::CEIL,
    name: "Ceil",
    options: options::none,
    shape: elementwise::same_shape,
    eval,
    rule: Rule {
        known: true,
        output: OutputRange::Integer,
        ..Rule::NONE
    },
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::unary(call, f32::ceil)
}
