//! BITWISE_XOR: the bits in which two integers differ, with broadcasting.

use super::support::integers::{self, Pairs};
use super::support::{elementwise, options};
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::BITWISE_XOR,
    name: "BitwiseXor",
    options: |_| options::write!(BitwiseXorOptions: BitwiseXorOptionsT {}),
    shape: elementwise::broadcast_shape,
    eval,
    rule: Rule::NONE,
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
