//! HARD_SWISH: x · relu6(x + 3) / 6.

use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::HARD_SWISH,
    name: "HardSwish",
    inputs: (1, 1),
    shape: elementwise::same_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::unary(call, |x| x * (x + 3.0).clamp(0.0, 6.0) / 6.0)
}
