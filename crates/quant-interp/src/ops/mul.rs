//! MUL: elementwise product, with broadcasting.

use super::ready::{Fused, Plain, Prepare};
use super::support::{activation, elementwise, options};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_kernel::elementwise::Binary;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::MUL,
    name: "Mul",
    inputs: (2, 2),
    shape: elementwise::broadcast_shape,
    eval,
};

/// How it is made ready.
pub(super) const PREPARE: Prepare = Prepare {
    packed: &[],
    make: |_| {
        Ok(Box::new(Plain {
            shape: elementwise::broadcast_shape,
            run: |call, threads, out| {
                let options = options::read!(call, MulOptions);
                let fused = Fused::new(options.fused_activation_function, &call.place())?;
                elementwise::ready(call, Binary::Mul, fused, threads, out)
            },
        }))
    },
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let options = options::read!(call, MulOptions);
    let values = elementwise::binary_with_ints(call, |x, y| x * y, i32::wrapping_mul, i64::wrapping_mul)?;
    activation::fuse(options.fused_activation_function, values, &call.place())
}
