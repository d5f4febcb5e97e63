//! RELU6: x clamped to 0…6.

use super::ready::{Plain, Prepare};
use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::kernel::{self, Clamp};
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::RELU6,
    name: "ReLU6",
    options: options::none,
    shape: elementwise::same_shape,
    eval,
    rule: Rule {
        const_inputs: super::rule::ConstInputs::Unsupported,
        ..Rule::UNARY
    },
};

/// How it is made ready.
pub(super) const PREPARE: Prepare = Prepare {
    packed: &[],
    make: |_| {
        Ok(Box::new(Plain {
            shape: elementwise::same_shape,
            run: |call, threads, out| {
                let clamp = Clamp { low: 0.0, high: 6.0 };
                Ok(Some(kernel::elementwise::clamp(
                    clamp,
                    call.f32(0)?.1,
                    out,
                    threads,
                )))
            },
        }))
    },
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::unary(call, |x| x.clamp(0.0, 6.0))
}
