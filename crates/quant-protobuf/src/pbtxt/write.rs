//! From a message to its text.

use quant_ir::{Error, Problem, Result};

use crate::message::{Field, Message, Value};
use crate::schema::{FieldType, Kind, MessageType};
use crate::text::{Writer, double, quoted, single};

/// The text of a message, its fields in their order.
///
/// # Errors
/// `Malformed`: a field holds what its type cannot.
pub fn write(message: &Message, of: &'static MessageType) -> Result<String> {
    let mut writer = Writer::default();
    fields(message, of, &mut writer)?;
    Ok(writer.text)
}

fn fields(message: &Message, of: &'static MessageType, writer: &mut Writer) -> Result<()> {
    for field in &message.fields {
        match of.field(field.number) {
            Some(known) => known_field(field, known, of, writer)?,
            None => unknown(field, of, writer)?,
        }
    }
    Ok(())
}

fn known_field(field: &Field, known: &FieldType, of: &MessageType, writer: &mut Writer) -> Result<()> {
    match (&field.value, known.kind) {
        (Value::Message(inner), Kind::Message(inner_type)) => {
            writer.open(known.name);
            fields(inner, inner_type, writer)?;
            writer.close();
        }
        (Value::Bytes(bytes), Kind::Text | Kind::Bytes) => writer.field(known.name, &quoted(bytes)),
        (Value::Bytes(bytes), Kind::Float) => {
            for four in bytes.as_chunks().0 {
                writer.field(known.name, &single(f32::from_le_bytes(*four)));
            }
        }
        (Value::Bytes(bytes), Kind::Double) => {
            for eight in bytes.as_chunks().0 {
                writer.field(known.name, &double(f64::from_le_bytes(*eight)));
            }
        }
        (Value::Bytes(bytes), Kind::Fixed64) => {
            for eight in bytes.as_chunks().0 {
                writer.field(known.name, &u64::from_le_bytes(*eight).to_string());
            }
        }
        (Value::Bytes(bytes), kind) if !matches!(kind, Kind::Message(_)) => {
            for value in crate::packed::varints(bytes) {
                writer.field(known.name, &number(value, kind));
            }
        }
        (Value::Varint(value), kind) => writer.field(known.name, &number(*value, kind)),
        (Value::Fixed32(bits), Kind::Float) => writer.field(known.name, &single(f32::from_bits(*bits))),
        (Value::Fixed64(bits), Kind::Double) => writer.field(known.name, &double(f64::from_bits(*bits))),
        (Value::Fixed64(value), Kind::Fixed64) => writer.field(known.name, &value.to_string()),
        _ => {
            let what = format!("`{}` holds what it cannot", known.name);
            return Err(Error::new(of.name, Problem::Malformed(what), ""));
        }
    }
    Ok(())
}

#[allow(clippy::as_conversions)] // two's complement is how the wire has it
fn number(value: u64, kind: Kind) -> String {
    match kind {
        Kind::Bool => (value != 0).to_string(),
        Kind::Uint32 => (value as u32).to_string(),
        Kind::Uint64 | Kind::Fixed64 => value.to_string(),
        Kind::Int32 => (value as i32).to_string(),
        Kind::Enum(of) => match of.name_of(value as i32) {
            Some(name) => name.to_owned(),
            None => (value as i32).to_string(),
        },
        _ => (value as i64).to_string(),
    }
}

fn unknown(field: &Field, of: &MessageType, writer: &mut Writer) -> Result<()> {
    let name = field.number.to_string();
    let value = match &field.value {
        Value::Varint(value) => value.to_string(),
        Value::Fixed32(value) => format!("0x{value:08x}"),
        Value::Fixed64(value) => format!("0x{value:016x}"),
        Value::Bytes(bytes) => quoted(bytes),
        Value::Message(_) => {
            let what = format!("field {name} is a message of a type that nobody knows");
            return Err(Error::new(of.name, Problem::Malformed(what), ""));
        }
    };
    writer.field(&name, &value);
    Ok(())
}
