//! ABS: the absolute value.

use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::ABS,
    name: "Abs",
    options: options::none,
    shape: elementwise::same_shape,
    eval,
    rule: Rule::UNARY,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::unary_with_ints(call, f32::abs, i32::wrapping_abs, i64::wrapping_abs)
}
