//! ROUND: the nearest whole number, halves to the even one.

use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_numeric::round::half_even_f32;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::ROUND,
    name: "Round",
    inputs: (1, 1),
    shape: elementwise::same_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::unary(call, half_even_f32)
}
