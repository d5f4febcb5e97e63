//! PRELU: x for x ≥ 0, else alpha · x; alpha broadcasts.

use super::rule::ConstInputs;
use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::PRELU,
    name: "PRelu",
    options: options::none,
    shape: elementwise::broadcast_shape,
    eval,
    rule: Rule {
        params: &[1],
        const_inputs: ConstInputs::Skip,
        ..Rule::UNARY
    },
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::binary(call, |x, alpha| if x >= 0.0 { x } else { x * alpha })
}
