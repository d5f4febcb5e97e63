//! ARG_MIN: the place of the smallest element along one axis.

use super::support::{arg, options};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::ARG_MIN,
    name: "ArgMin",
    inputs: (2, 2),
    shape: arg::shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let options = options::read!(call, ArgMinOptions);
    arg::eval(call, std::cmp::Ordering::Less, options.output_type)
}
