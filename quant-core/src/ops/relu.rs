//! RELU: max(x, 0).

use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::RELU,
    name: "ReLU",
    options: options::none,
    shape: elementwise::same_shape,
    eval,
    rule: Rule {
        const_inputs: super::rule::ConstInputs::Unsupported,
        ..Rule::UNARY
    },
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::unary(call, |x| if x < 0.0 { 0.0 } else { x })
}
