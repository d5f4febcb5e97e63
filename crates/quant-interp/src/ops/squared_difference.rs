//! SQUARED_DIFFERENCE: (x − y)², with broadcasting.

use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::SQUARED_DIFFERENCE,
    name: "SquaredDifference",
    inputs: (2, 2),
    shape: elementwise::broadcast_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::binary_with_i32(
        call,
        |x, y| (x - y) * (x - y),
        |x, y| x.wrapping_sub(y).wrapping_mul(x.wrapping_sub(y)),
    )
}
