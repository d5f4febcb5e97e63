//! Elementwise operators on integers of every width that the runtime takes.

use super::broadcast;
use super::elementwise::{broadcast_shape, wrong_type};
use crate::ops::Call;
use quant_ir::error::Result;
use quant_ir::value::{Data, Value};

/// What an operator makes of two integers of each type.
pub struct Pairs {
    /// Of 32-bit integers.
    pub i32: fn(i32, i32) -> i32,
    /// Of 16-bit integers.
    pub i16: fn(i16, i16) -> i16,
    /// Of 8-bit integers.
    pub i8: fn(i8, i8) -> i8,
    /// Of 8-bit integers without sign.
    pub u8: fn(u8, u8) -> u8,
}

/// Inputs 0 and 1, both of one type of integers, broadcast.
pub fn binary(call: &Call<'_>, with: &Pairs) -> Result<Vec<Value>> {
    let (a, b) = (call.input(0)?, call.input(1)?);
    let shape = broadcast_shape(call)?.swap_remove(0);
    let (left, right) = (&a.shape, &b.shape);
    let data = match (&a.data, &b.data) {
        (Data::I32(x), Data::I32(y)) => {
            Data::I32(broadcast::combine((left, x), (right, y), &shape, with.i32))
        }
        (Data::I16(x), Data::I16(y)) => {
            Data::I16(broadcast::combine((left, x), (right, y), &shape, with.i16))
        }
        (Data::I8(x), Data::I8(y)) => Data::I8(broadcast::combine((left, x), (right, y), &shape, with.i8)),
        (Data::U8(x), Data::U8(y)) => Data::U8(broadcast::combine((left, x), (right, y), &shape, with.u8)),
        _ => {
            return Err(wrong_type(
                call,
                "int32, int16, int8 and uint8, both inputs alike",
            ));
        }
    };
    Ok(vec![Value { shape, data }])
}
