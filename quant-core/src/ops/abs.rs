//! ABS: the absolute value.

use super::support::options;
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::ABS,
    name: "Abs",
    options: options::none,
    shape: |call| Ok(vec![call.f32(0)?.0.to_vec()]),
    eval,
    rule: Rule::UNARY,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (shape, data) = call.f32(0)?;
    Ok(vec![Value::f32(
        shape.to_vec(),
        data.iter().map(|&x| x.abs()).collect(),
    )])
}
