//! LOGICAL_AND: x and y, with broadcasting.

use super::rule::ConstInputs;
use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::LOGICAL_AND,
    name: "LogicalAnd",
    options: options::none,
    shape: elementwise::broadcast_shape,
    eval,
    rule: Rule {
        known: true,
        const_inputs: ConstInputs::Skip,
        ..Rule::NONE
    },
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::logical(call, |x, y| x && y)
}
