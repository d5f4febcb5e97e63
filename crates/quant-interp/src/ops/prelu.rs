//! PRELU: x for x ≥ 0, else alpha · x; alpha broadcasts.

use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::PRELU,
    name: "PRelu",
    inputs: (2, 2),
    shape: elementwise::broadcast_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::binary(call, |x, alpha| if x >= 0.0 { x } else { x * alpha })
}
