//! LEAKY_RELU: x for x ≥ 0, else alpha · x.

use quant_case::recipe::Operation;

use super::rule::ConstInputs;
use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::{Builtin, Options};
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::LEAKY_RELU,
    name: "LeakyRelu",
    options: read_recipe,
    shape: elementwise::same_shape,
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
    elementwise::unary(call, |x| if x >= 0.0 { x } else { x * alpha })
}
