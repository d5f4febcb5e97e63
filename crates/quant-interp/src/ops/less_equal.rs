//! LESS_EQUAL: whether x is not above y, with broadcasting.

use std::cmp::Ordering;

use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::LESS_EQUAL,
    name: "LessEqual",
    inputs: (2, 2),
    shape: elementwise::broadcast_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::compare(call, |order| order.is_some_and(Ordering::is_le))
}
