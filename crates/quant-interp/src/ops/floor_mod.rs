//! FLOOR_MOD: the remainder of a quotient rounded down, with broadcasting.

use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::FLOOR_MOD,
    name: "FloorMod",
    inputs: (2, 2),
    shape: elementwise::broadcast_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    // Floats have NaN for it.
    if call.input(1)?.as_f32().is_none() {
        elementwise::refuse_zero(call, 1)?;
    }
    elementwise::binary_with_ints(
        call,
        |x, y| {
            let rest = x % y;
            if rest != 0.0 && (y < 0.0) != (rest < 0.0) {
                rest + y
            } else {
                rest
            }
        },
        |x, y| {
            let rest = x.wrapping_rem(y);
            if rest != 0 && (y < 0) != (rest < 0) {
                rest + y
            } else {
                rest
            }
        },
        |x, y| {
            let rest = x.wrapping_rem(y);
            if rest != 0 && (y < 0) != (rest < 0) {
                rest + y
            } else {
                rest
            }
        },
    )
}
