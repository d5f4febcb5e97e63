//! Numbers of a repeated field, one by one or packed.

use crate::message::{Message, Value};

/// The varints of packed bytes, up to the first that does not end.
pub fn varints(bytes: &[u8]) -> impl Iterator<Item = u64> {
    let mut rest = bytes.iter();
    std::iter::from_fn(move || {
        let mut value = 0u64;
        let mut shift = 0u32;
        loop {
            let byte = rest.next()?;
            value |= u64::from(byte & 0x7f).checked_shl(shift).unwrap_or(0);
            if byte & 0x80 == 0 {
                return Some(value);
            }
            shift = shift.saturating_add(7);
        }
    })
}

/// The integers of a repeated field.
pub fn integers(message: &Message, number: u32) -> Vec<u64> {
    let mut out = Vec::new();
    for value in message.all(number) {
        match value {
            Value::Varint(value) => out.push(*value),
            Value::Bytes(bytes) => out.extend(varints(bytes)),
            _ => {}
        }
    }
    out
}

/// The bytes of a repeated field of numbers of four or eight bytes.
pub fn fixed(message: &Message, number: u32) -> Vec<u8> {
    let mut out = Vec::new();
    for value in message.all(number) {
        match value {
            Value::Fixed32(value) => out.extend(value.to_le_bytes()),
            Value::Fixed64(value) => out.extend(value.to_le_bytes()),
            Value::Bytes(bytes) => out.extend_from_slice(bytes),
            _ => {}
        }
    }
    out
}
