//! ELU: x for x ≥ 0, else exp(x) − 1.

use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::ELU,
    name: "ELU",
    options: options::none,
    shape: elementwise::same_shape,
    eval,
    rule: Rule::UNARY,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::unary(call, |x| if x < 0.0 { x.exp_m1() } else { x })
}
