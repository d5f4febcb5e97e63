//! ADD: elementwise sum, with broadcasting.

use quant_case::recipe::Operation;

use super::ready::{Fused, Plain, Prepare};
use super::support::{activation, elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::{Builtin, Options};
use crate::kernel::elementwise::Binary;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::ADD,
    name: "Add",
    options: read_recipe,
    shape: elementwise::broadcast_shape,
    eval,
    rule: Rule::BINARY,
};

fn read_recipe(op: &Operation) -> Result<Options> {
    options::write!(AddOptions: AddOptionsT {
        fused_activation_function: options::activation(op)?,
    })
}

/// How it is made ready.
pub(super) const PREPARE: Prepare = Prepare {
    packed: &[],
    make: |_| {
        Ok(Box::new(Plain {
            shape: elementwise::broadcast_shape,
            run: |call, threads, out| {
                let options = options::read!(call, AddOptions);
                let fused = Fused::new(options.fused_activation_function, &call.place())?;
                elementwise::ready(call, Binary::Add, fused, threads, out)
            },
        }))
    },
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let options = options::read!(call, AddOptions);
    let values = elementwise::binary_with_ints(call, |x, y| x + y, i32::wrapping_add, i64::wrapping_add)?;
    activation::fuse(options.fused_activation_function, values, &call.place())
}
