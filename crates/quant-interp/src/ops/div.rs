//! DIV: elementwise quotient, with broadcasting.

use super::support::{activation, elementwise, options};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::DIV,
    name: "Div",
    inputs: (2, 2),
    shape: elementwise::broadcast_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let options = options::read!(call, DivOptions);
    if call.input(1)?.as_f32().is_none() {
        elementwise::refuse_zero(call, 1)?;
    }
    let values = elementwise::binary_with_i32(call, |x, y| x / y, i32::wrapping_div)?;
    activation::fuse(options.fused_activation_function, values, &call.place())
}
