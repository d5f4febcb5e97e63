//! ARG_MAX: the place of the largest element along one axis.

use super::support::{arg, options};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::ARG_MAX,
    name: "ArgMax",
    inputs: (2, 2),
    shape: arg::shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let options = options::read!(call, ArgMaxOptions);
    arg::eval(call, std::cmp::Ordering::Greater, options.output_type)
}
