//! FLOOR_DIV: the quotient rounded down, with broadcasting.

use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::FLOOR_DIV,
    name: "FloorDiv",
    inputs: (2, 2),
    shape: elementwise::broadcast_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    elementwise::refuse_zero(call, 1)?;
    elementwise::binary_with_i32(
        call,
        |x, y| (f64::from(x) / f64::from(y)).floor() as f32,
        |x, y| {
            let quotient = x.wrapping_div(y);
            // Division of whole numbers rounds toward zero.
            let inexact = x.wrapping_rem(y) != 0;
            quotient - i32::from(inexact && (x < 0) != (y < 0))
        },
    )
}
