//! RELU_0_TO_1: x clamped to 0…1.

use super::ready::{Plain, Prepare};
use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::RELU_0_TO_1,
    name: "ReLU0To1",
    inputs: (1, 1),
    shape: elementwise::same_shape,
    eval,
};

/// How it is made ready.
pub(super) const PREPARE: Prepare = Prepare {
    packed: &[],
    make: |_| {
        Ok(Box::new(Plain {
            shape: elementwise::same_shape,
            run: |call, threads, out| elementwise::clamped(call, 0.0, 1.0, threads, out),
        }))
    },
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::unary(call, |x| x.clamp(0.0, 1.0))
}
