//! RELU: max(x, 0).

use super::ready::{Plain, Prepare};
use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::RELU,
    name: "ReLU",
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
            run: |call, threads, out| elementwise::clamped(call, 0.0, f32::INFINITY, threads, out),
        }))
    },
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::unary(call, |x| if x < 0.0 { 0.0 } else { x })
}
