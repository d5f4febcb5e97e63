//! NEG: −x.

use super::rule::ConstInputs;
use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::NEG,
    name: "Neg",
    options: options::none,
    shape: elementwise::same_shape,
    eval,
    rule: Rule {
        const_inputs: ConstInputs::Unsupported,
        ..Rule::UNARY
    },
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::unary_with_ints(call, |x| -x, i32::wrapping_neg, i64::wrapping_neg)
}
