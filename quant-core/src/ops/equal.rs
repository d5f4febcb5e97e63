//! EQUAL: whether two values are equal, with broadcasting.

use std::cmp::Ordering;

use super::rule::ConstInputs;
use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::EQUAL,
    name: "Equal",
    options: options::none,
    shape: elementwise::broadcast_shape,
    eval,
    rule: Rule {
        known: true,
        const_inputs: ConstInputs::Own(&[0, 1]),
        ..Rule::NONE
    },
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::compare(call, |order| order == Some(Ordering::Equal))
}
