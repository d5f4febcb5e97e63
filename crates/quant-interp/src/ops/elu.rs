//! ELU: x for x ≥ 0, else exp(x) − 1.

use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::ELU,
    name: "ELU",
    inputs: (1, 1),
    shape: elementwise::same_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::unary(call, |x| if x < 0.0 { x.exp_m1() } else { x })
}
