//! SQUARED_DIFFERENCE: (x − y)², with broadcasting.

use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::SQUARED_DIFFERENCE,
    name: "SquaredDifference",
    options: options::none,
    shape: elementwise::broadcast_shape,
    eval,
    rule: Rule::NONE,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::binary_with_i32(
        call,
        |x, y| (x - y) * (x - y),
        |x, y| x.wrapping_sub(y).wrapping_mul(x.wrapping_sub(y)),
    )
}
