//! RIGHT_SHIFT: an integer moved right by the bits that input 1 says, with broadcasting; the sign fills up.
//!
//! Fewer bits than 0 are 0; more than the type has, less one, are those.

use super::support::elementwise;
use super::support::integers::{self, Pairs};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::RIGHT_SHIFT,
    name: "RightShift",
    inputs: (2, 2),
    shape: elementwise::broadcast_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let with = Pairs {
        i32: |x, bits| x >> bits.clamp(0, 31),
        i16: |x, bits| x >> bits.clamp(0, 15),
        i8: |x, bits| x >> bits.clamp(0, 7),
        u8: |x, bits| x >> bits.min(7),
    };
    integers::binary(call, &with)
}
