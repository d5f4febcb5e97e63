//! LOGICAL_AND: x and y, with broadcasting.

use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::LOGICAL_AND,
    name: "LogicalAnd",
    inputs: (2, 2),
    shape: elementwise::broadcast_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::logical(call, |x, y| x && y)
}
