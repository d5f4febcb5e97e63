//! PRELU: x for x ≥ 0, else alpha · x; alpha broadcasts.

use super::rule::ConstInputs;
use super::support::{broadcast, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::PRELU,
    name: "PRelu",
    options: options::none,
    shape,
    eval,
    rule: Rule {
        params: &[1],
        const_inputs: ConstInputs::Skip,
        ..Rule::UNARY
    },
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    Ok(vec![broadcast::shape(
        call.f32(0)?.0,
        call.f32(1)?.0,
        &call.place(),
    )?])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = shape(call)?.swap_remove(0);
    let out = broadcast::combine(call.f32(0)?, call.f32(1)?, &shape, |x, alpha| {
        if x >= 0.0 { x } else { x * alpha }
    });
    Ok(vec![Value::f32(shape, out)])
}
