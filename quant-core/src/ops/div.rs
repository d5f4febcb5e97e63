//! DIV: elementwise quotient, with broadcasting.

use quant_case::recipe::Operation;

use super::support::{activation, elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::{Builtin, Options};
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::DIV,
    name: "Div",
    options: read_recipe,
    shape: elementwise::broadcast_shape,
    eval,
    rule: Rule::BINARY,
};

fn read_recipe(op: &Operation) -> Result<Options> {
    options::write!(DivOptions: DivOptionsT {
        fused_activation_function: options::activation(op)?,
    })
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let options = options::read!(call, DivOptions);
    if call.input(1)?.as_f32().is_none() {
        elementwise::refuse_zero(call, 1)?;
    }
    let values = elementwise::binary_with_i32(call, |x, y| x / y, i32::wrapping_div)?;
    activation::fuse(options.fused_activation_function, values, &call.place())
}
