//! From a text to a message.

use quant_ir::{Bytes, Error, Problem, Result};

use crate::message::{Message, Value};
use crate::schema::{FieldType, Kind, MessageType};
use crate::text::{self, Field, Scalar};
use crate::wire;

/// Reads the text of a message of that type. Numbers of a repeated field are packed where the first one stood, as protobuf
/// writes them.
///
/// # Errors
/// `Parse`, with line and column: no text form, a field that the type does not have, a value that its field cannot hold, a
/// field that may be there once twice; `Limit`.
pub fn read(text: &str, of: &'static MessageType) -> Result<Message> {
    message(&text::read(text)?, of)
}

/// A field that was there already.
struct Seen {
    number: u32,
    /// Where it stands in the message.
    at: usize,
    /// Its numbers so far, when they are packed.
    packed: Vec<u8>,
}

fn message(fields: &[Field<'_>], of: &'static MessageType) -> Result<Message> {
    let mut message = Message::default();
    let mut seen: Vec<Seen> = Vec::new();
    for field in fields {
        if field.name.bytes().all(|byte| byte.is_ascii_digit()) {
            let (number, value) = unknown(field)?;
            // Its value need not be of the field's kind.
            if let Some(known) = of.field(number) {
                let what = format!("is the number of `{}`", known.name);
                return Err(field.error(&what, "write the name"));
            }
            message.push(number, value);
            continue;
        }
        let known = of.named(field.name).ok_or_else(|| {
            let names: Vec<&str> = of.fields.iter().map(|field| field.name).collect();
            let what = format!("{} has no field `{}`", of.name, field.name);
            let hint = format!("it has {}", names.join(", "));
            Error::new(field.position, Problem::Parse(what), hint)
        })?;
        let packs = known.repeated && packs(known.kind);
        if let Some(before) = seen.iter_mut().find(|seen| seen.number == known.number) {
            if !known.repeated {
                return Err(field.error("is there twice", "keep one"));
            }
            if packs {
                pack(field, known, &mut before.packed)?;
                continue;
            }
        } else {
            let mut packed = Vec::new();
            if packs {
                pack(field, known, &mut packed)?;
            }
            seen.push(Seen {
                number: known.number,
                at: message.fields.len(),
                packed,
            });
        }
        let value = match known.kind {
            Kind::Message(inner) => Value::Message(self::message(field.message()?, inner)?),
            _ if packs => Value::Bytes(Bytes::from(Vec::new())),
            kind => scalar(field, kind)?,
        };
        message.push(known.number, value);
    }
    for seen in seen.into_iter().filter(|seen| !seen.packed.is_empty()) {
        if let Some(field) = message.fields.get_mut(seen.at) {
            field.value = Value::Bytes(seen.packed.into());
        }
    }
    Ok(message)
}

/// Whether numbers of a repeated field stand in one.
fn packs(kind: Kind) -> bool {
    !matches!(kind, Kind::Text | Kind::Bytes | Kind::Message(_))
}

fn pack(field: &Field<'_>, known: &FieldType, out: &mut Vec<u8>) -> Result<()> {
    match scalar(field, known.kind)? {
        Value::Varint(value) => wire::varint(value, out),
        Value::Fixed32(value) => out.extend(value.to_le_bytes()),
        Value::Fixed64(value) => out.extend(value.to_le_bytes()),
        Value::Bytes(_) | Value::Message(_) => {}
    }
    Ok(())
}

fn scalar(field: &Field<'_>, kind: Kind) -> Result<Value> {
    let scalar = field.scalar()?;
    let (value, wanted) = match kind {
        Kind::Int32 => (small(scalar).map(Value::int), "a number of 32 bits"),
        Kind::Int64 => (scalar.int().map(Value::int), "a number of 64 bits"),
        Kind::Uint32 => {
            let value = scalar.uint().filter(|value| u32::try_from(*value).is_ok());
            (value.map(Value::Varint), "a number of 32 bits without a sign")
        }
        Kind::Uint64 => (
            scalar.uint().map(Value::Varint),
            "a number of 64 bits without a sign",
        ),
        Kind::Fixed64 => (
            scalar.uint().map(Value::Fixed64),
            "a number of 64 bits without a sign",
        ),
        Kind::Bool => (
            scalar.bool().map(|value| Value::Varint(value.into())),
            "true or false",
        ),
        Kind::Float => {
            let value = scalar.single();
            (value.map(|value| Value::Fixed32(value.to_bits())), "a number")
        }
        Kind::Double => {
            let value = scalar.double();
            (value.map(|value| Value::Fixed64(value.to_bits())), "a number")
        }
        Kind::Enum(of) => {
            let named = scalar.word().and_then(|word| of.value_of(word)).map(i64::from);
            (named.or_else(|| small(scalar)).map(Value::int), of.name)
        }
        Kind::Text => (scalar.text().map(Value::text), "a string"),
        Kind::Bytes => {
            let bytes = scalar.bytes();
            (bytes.map(|bytes| Value::Bytes(bytes.to_vec().into())), "a string")
        }
        Kind::Message(_) => (None, "a message"),
    };
    value.ok_or_else(|| field.error(&format!("is not {wanted}"), ""))
}

/// A number of 32 bits.
fn small(scalar: &Scalar<'_>) -> Option<i64> {
    let value = scalar.int();
    value.filter(|value| i32::try_from(*value).is_ok())
}

/// A field that is told by its number.
fn unknown(field: &Field<'_>) -> Result<(u32, Value)> {
    let number = field.name.parse().ok();
    let number = number.filter(|number| (1..=0x1fff_ffff).contains(number));
    let number = number.ok_or_else(|| field.error("is the number of no field", ""))?;
    let value = match field.scalar()? {
        Scalar::Bytes(bytes) => Some(Value::Bytes(bytes.to_vec().into())),
        Scalar::Word(word) => match (word.strip_prefix("0x"), word.len()) {
            (Some(hex), 10) => u32::from_str_radix(hex, 16).ok().map(Value::Fixed32),
            (Some(hex), 18) => u64::from_str_radix(hex, 16).ok().map(Value::Fixed64),
            _ => word.parse().ok().map(Value::Varint),
        },
    };
    let value = value.ok_or_else(|| field.error("holds no number and no bytes", ""))?;
    Ok((number, value))
}
