//! MAXIMUM: the larger of two values, element by element, with broadcasting.

use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::MAXIMUM,
    name: "Maximum",
    options: options::none,
    shape: elementwise::broadcast_shape,
    eval,
    rule: Rule::BINARY,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::binary_with_ints(call, |x, y| if x > y { x } else { y }, i32::max, i64::max)
}
