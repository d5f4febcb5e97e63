//! ZEROS_LIKE: zeros of the input's type and shape.

use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::ZEROS_LIKE,
    name: "ZerosLike",
    inputs: (1, 1),
    shape: elementwise::same_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    Ok(vec![Value {
        shape: value.shape.clone(),
        data: value.data.gather_or_zero(std::iter::repeat_n(None, value.len())),
    }])
}
