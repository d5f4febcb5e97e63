//! From a message to bytes.

use quant_ir::{Error, Result};

use crate::limits::MAX_MESSAGE_BYTES;
use crate::message::{Message, Value};

/// The bytes of a message, its fields in their order.
///
/// # Errors
/// `Limit`: they are 2 GiB or more, which protobuf does not read.
pub fn write(message: &Message) -> Result<Vec<u8>> {
    let length = length(message);
    if length > MAX_MESSAGE_BYTES {
        let hint = "protobuf reads less than 2 GiB: keep the weights elsewhere";
        return Err(Error::limit(
            "",
            format!("the message takes {length} bytes"),
            hint,
        ));
    }
    let mut out = Vec::with_capacity(length);
    write_message(message, &mut out);
    Ok(out)
}

/// How many bytes a message takes.
pub fn length(message: &Message) -> usize {
    let lengths = message.fields.iter().map(|field| {
        let value = match &field.value {
            Value::Varint(value) => varint_length(*value),
            Value::Fixed64(_) => 8,
            Value::Fixed32(_) => 4,
            Value::Bytes(bytes) => delimited_length(bytes.len()),
            Value::Message(message) => delimited_length(length(message)),
        };
        varint_length(u64::from(field.number) << 3).saturating_add(value)
    });
    lengths.fold(0, usize::saturating_add)
}

fn delimited_length(length: usize) -> usize {
    varint_length(to_u64(length)).saturating_add(length)
}

fn varint_length(value: u64) -> usize {
    // Seven bits a byte, and a byte for 0.
    let bits = 64u32.saturating_sub((value | 1).leading_zeros());
    usize::try_from(bits.div_ceil(7)).unwrap_or_default()
}

fn write_message(message: &Message, out: &mut Vec<u8>) {
    for field in &message.fields {
        let wire = match &field.value {
            Value::Varint(_) => 0,
            Value::Fixed64(_) => 1,
            Value::Bytes(_) | Value::Message(_) => 2,
            Value::Fixed32(_) => 5,
        };
        varint(u64::from(field.number) << 3 | wire, out);
        match &field.value {
            Value::Varint(value) => varint(*value, out),
            Value::Fixed64(value) => out.extend(value.to_le_bytes()),
            Value::Fixed32(value) => out.extend(value.to_le_bytes()),
            Value::Bytes(bytes) => {
                varint(to_u64(bytes.len()), out);
                out.extend_from_slice(bytes);
            }
            Value::Message(message) => {
                varint(to_u64(length(message)), out);
                write_message(message, out);
            }
        }
    }
}

/// Seven bits a byte, the low ones first.
pub fn varint(mut value: u64, out: &mut Vec<u8>) {
    loop {
        let [low, ..] = value.to_le_bytes();
        value >>= 7;
        if value == 0 {
            out.push(low & 0x7f);
            return;
        }
        out.push(low | 0x80);
    }
}

fn to_u64(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
