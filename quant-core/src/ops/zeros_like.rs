//! ZEROS_LIKE: zeros of the input's type and shape.

use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::ZEROS_LIKE,
    name: "ZerosLike",
    options: options::none,
    shape: elementwise::same_shape,
    eval,
    rule: Rule::NONE,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    Ok(vec![Value {
        shape: value.shape.clone(),
        data: value.data.gather_or_zero(std::iter::repeat_n(None, value.len())),
    }])
}
