//! LEAKY_RELU: x for x ≥ 0, else alpha · x.

use quant_case::recipe::Operation;

use super::rule::ConstInputs;
use super::support::options;
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::{Builtin, Options};
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::LEAKY_RELU,
    name: "LeakyRelu",
    options: read_recipe,
    shape: |call| Ok(vec![call.f32(0)?.0.to_vec()]),
    eval,
    rule: Rule {
        const_inputs: ConstInputs::Unsupported,
        ..Rule::UNARY
    },
};

fn read_recipe(op: &Operation) -> Result<Options> {
    options::write!(LeakyReluOptions: LeakyReluOptionsT { alpha: options::float(op, "alpha")? })
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let alpha = options::read!(call, LeakyReluOptions).alpha;
    let (shape, data) = call.f32(0)?;
    Ok(vec![Value::f32(
        shape.to_vec(),
        data.iter()
            .map(|&x| if x >= 0.0 { x } else { x * alpha })
            .collect(),
    )])
}
