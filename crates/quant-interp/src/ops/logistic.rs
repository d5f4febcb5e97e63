//! LOGISTIC: 1 / (1 + exp(−x)).

use super::ready::Other;
use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::LOGISTIC,
    name: "Logistic",
    inputs: (1, 1),
    shape: elementwise::same_shape,
    eval,
};

/// As ONE's binaries compute it: with the ends that TensorFlow Lite's plain kernel has.
pub(super) const ONE: Other = Other {
    prepare: None,
    eval: |call| {
        elementwise::unary(call, |x| match x {
            x if x > 16.619_047 => 1.0,
            x if x < -9.0 => x.exp(),
            x => 1.0 / (1.0 + (-x).exp()),
        })
    },
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::unary(call, |x| 1.0 / (1.0 + (-x).exp()))
}
