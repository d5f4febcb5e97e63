//! MINIMUM: the smaller of two values, element by element, with broadcasting.

use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::MINIMUM,
    name: "Minimum",
    inputs: (2, 2),
    shape: elementwise::broadcast_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::binary_with_ints(call, |x, y| if x < y { x } else { y }, i32::min, i64::min)
}
