//! LOGISTIC: 1 / (1 + exp(−x)).

use super::rule::OutputRange;
use super::support::options;
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::LOGISTIC,
    name: "Logistic",
    options: options::none,
    shape: |call| Ok(vec![call.f32(0)?.0.to_vec()]),
    eval,
    rule: Rule {
        output: OutputRange::Logistic,
        ..Rule::UNARY
    },
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (shape, data) = call.f32(0)?;
    Ok(vec![Value::f32(
        shape.to_vec(),
        data.iter().map(|&x| 1.0 / (1.0 + (-x).exp())).collect(),
    )])
}
