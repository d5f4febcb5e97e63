//! FLOOR_MOD: the remainder of a quotient rounded down, with broadcasting.

use super::rule::{ConstInputs, OutputRange};
use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::FLOOR_MOD,
    name: "FloorMod",
    options: options::none,
    shape: elementwise::broadcast_shape,
    eval,
    rule: Rule {
        known: true,
        const_inputs: ConstInputs::Own(&[0, 1]),
        output: OutputRange::Integer,
        ..Rule::NONE
    },
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
