//! HARD_SWISH: x · relu6(x + 3) / 6.

use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::HARD_SWISH,
    name: "HardSwish",
    options: options::none,
    shape: elementwise::same_shape,
    eval,
    rule: Rule::NONE,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::unary(call, |x| x * (x + 3.0).clamp(0.0, 6.0) / 6.0)
}
