//! LOGISTIC: 1 / (1 + exp(−x)).

use super::rule::OutputRange;
use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::LOGISTIC,
    name: "Logistic",
    options: options::none,
    shape: elementwise::same_shape,
    eval,
    rule: Rule {
        output: OutputRange::Logistic,
        ..Rule::UNARY
    },
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::unary(call, |x| 1.0 / (1.0 + (-x).exp()))
}
