//! NOT_EQUAL: whether two values differ; NaN differs from all, with broadcasting.

use std::cmp::Ordering;

use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::NOT_EQUAL,
    name: "NotEqual",
    inputs: (2, 2),
    shape: elementwise::broadcast_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::compare(call, |order| order != Some(Ordering::Equal))
}
