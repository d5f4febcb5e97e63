//! ARG_MAX: the place of the largest element along one axis.

use quant_case::recipe::Operation;

use super::rule::ConstInputs;
use super::support::{arg, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::{Builtin, Options};
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::ARG_MAX,
    name: "ArgMax",
    options: read_recipe,
    shape: arg::shape,
    eval,
    rule: Rule {
        known: true,
        const_inputs: ConstInputs::Own(&[0]),
        ..Rule::NONE
    },
};

fn read_recipe(op: &Operation) -> Result<Options> {
    options::write!(ArgMaxOptions: ArgMaxOptionsT { output_type: arg::output_type(op) })
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let options = options::read!(call, ArgMaxOptions);
    arg::eval(call, std::cmp::Ordering::Greater, options.output_type)
}
