//! LEAKY_RELU: x for x ≥ 0, else alpha · x.

use super::support::{elementwise, options};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::LEAKY_RELU,
    name: "LeakyRelu",
    inputs: (1, 1),
    shape: elementwise::same_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let alpha = options::read!(call, LeakyReluOptions).alpha;
    elementwise::unary(call, |x| if x >= 0.0 { x } else { x * alpha })
}
