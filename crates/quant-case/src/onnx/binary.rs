//! `ModelProto` as bytes, as far as cases look at it: the fields that its text would have.

use crate::limits::{MAX_MESSAGE_DEPTH, MAX_MODEL_PARTS};
use crate::textproto::{Field, Pos, Value};

/// What a field holds.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    /// Bytes, one for each character.
    Bytes,
    Int,
    Float,
    Message(&'static [Known]),
}

type Known = (u64, &'static str, Kind);

static MODEL: [Known; 2] = [
    (7, "graph", Kind::Message(&GRAPH)),
    (8, "opset_import", Kind::Message(&OPSET)),
];
static OPSET: [Known; 2] = [(1, "domain", Kind::Text), (2, "version", Kind::Int)];
static GRAPH: [Known; 6] = [
    (1, "node", Kind::Message(&NODE)),
    (5, "initializer", Kind::Message(&TENSOR)),
    (11, "input", Kind::Message(&INFO)),
    (12, "output", Kind::Message(&INFO)),
    (13, "value_info", Kind::Message(&INFO)),
    (15, "sparse_initializer", Kind::Message(&[])),
];
static NODE: [Known; 5] = [
    (1, "input", Kind::Text),
    (2, "output", Kind::Text),
    (4, "op_type", Kind::Text),
    (5, "attribute", Kind::Message(&ATTRIBUTE)),
    (7, "domain", Kind::Text),
];
static ATTRIBUTE: [Known; 7] = [
    (1, "name", Kind::Text),
    (2, "f", Kind::Float),
    (3, "i", Kind::Int),
    (4, "s", Kind::Text),
    (7, "floats", Kind::Float),
    (8, "ints", Kind::Int),
    (20, "type", Kind::Int),
];
static TENSOR: [Known; 8] = [
    (1, "dims", Kind::Int),
    (2, "data_type", Kind::Int),
    (4, "float_data", Kind::Float),
    (5, "int32_data", Kind::Int),
    (7, "int64_data", Kind::Int),
    (8, "name", Kind::Text),
    (9, "raw_data", Kind::Bytes),
    (13, "external_data", Kind::Message(&[])),
];
static INFO: [Known; 2] = [(1, "name", Kind::Text), (2, "type", Kind::Message(&TYPE))];
static TYPE: [Known; 1] = [(1, "tensor_type", Kind::Message(&TENSOR_TYPE))];
static TENSOR_TYPE: [Known; 2] = [(1, "elem_type", Kind::Int), (2, "shape", Kind::Message(&SHAPE))];
static SHAPE: [Known; 1] = [(1, "dim", Kind::Message(&DIM))];
static DIM: [Known; 2] = [(1, "dim_value", Kind::Int), (2, "dim_param", Kind::Text)];

/// The fields of a model; `None` when the bytes are no message, or more of it than is looked at.
pub(super) fn fields(bytes: &[u8]) -> Option<Vec<Field>> {
    let mut parts = MAX_MODEL_PARTS;
    message(bytes, &MODEL, 0, &mut parts)
}

fn message(mut bytes: &[u8], known: &'static [Known], depth: u32, parts: &mut usize) -> Option<Vec<Field>> {
    let mut fields = Vec::new();
    if depth > MAX_MESSAGE_DEPTH {
        return None;
    }
    while !bytes.is_empty() {
        *parts = parts.checked_sub(1)?;
        let key = varint(&mut bytes)?;
        let found = known.iter().find(|(number, _, _)| *number == key >> 3);
        let add = |value: Value, fields: &mut Vec<Field>| {
            fields.extend(found.map(|(_, name, _)| field(name, value)));
        };
        match key & 7 {
            0 => {
                let number = varint(&mut bytes)?;
                add(Value::Word(signed(number).to_string()), &mut fields);
            }
            1 => drop(take(&mut bytes, 8)?),
            5 => {
                let part = take(&mut bytes, 4)?;
                add(Value::Word(float(part)?), &mut fields);
            }
            2 => {
                let length = usize::try_from(varint(&mut bytes)?).ok()?;
                let mut part = take(&mut bytes, length)?;
                match found.map(|(_, _, kind)| *kind) {
                    None => {}
                    Some(Kind::Text) => {
                        add(
                            Value::Text(String::from_utf8_lossy(part).into_owned()),
                            &mut fields,
                        );
                    }
                    Some(Kind::Bytes) => {
                        add(
                            Value::Text(part.iter().copied().map(char::from).collect()),
                            &mut fields,
                        );
                    }
                    Some(Kind::Message(inner)) => {
                        let inner = message(part, inner, depth.saturating_add(1), parts)?;
                        add(Value::Message(inner), &mut fields);
                    }
                    Some(Kind::Int) => {
                        while !part.is_empty() {
                            let number = varint(&mut part)?;
                            add(Value::Word(signed(number).to_string()), &mut fields);
                        }
                    }
                    Some(Kind::Float) => {
                        while !part.is_empty() {
                            let four = take(&mut part, 4)?;
                            add(Value::Word(float(four)?), &mut fields);
                        }
                    }
                }
            }
            _ => return None,
        }
    }
    Some(fields)
}

fn field(name: &str, value: Value) -> Field {
    let nowhere = Pos { line: 0, column: 0 };
    Field {
        name: name.to_owned(),
        pos: nowhere,
        value,
        value_pos: nowhere,
    }
}

fn varint(bytes: &mut &[u8]) -> Option<u64> {
    let mut number = 0u64;
    for place in 0..10u32 {
        let (first, rest) = bytes.split_first()?;
        *bytes = rest;
        let bits = u64::from(first & 127);
        number |= bits.checked_shl(place.checked_mul(7)?).unwrap_or_default();
        if first & 128 == 0 {
            return Some(number);
        }
    }
    None
}

/// Negative numbers are those of 64 bits.
fn signed(number: u64) -> i64 {
    i64::from_le_bytes(number.to_le_bytes())
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Option<&'a [u8]> {
    let (part, rest) = bytes.split_at_checked(length)?;
    *bytes = rest;
    Some(part)
}

fn float(bytes: &[u8]) -> Option<String> {
    Some(f32::from_le_bytes(bytes.try_into().ok()?).to_string())
}
