//! BITWISE_XOR: the bits in which two integers differ, with broadcasting.

use super::support::elementwise;
use super::support::integers::{self, Pairs};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::BITWISE_XOR,
    name: "BitwiseXor",
    inputs: (2, 2),
    shape: elementwise::broadcast_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let with = Pairs {
        i32: |x, y| x ^ y,
        i16: |x, y| x ^ y,
        i8: |x, y| x ^ y,
        u8: |x, y| x ^ y,
    };
    integers::binary(call, &with)
}
