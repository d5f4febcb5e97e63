//! From bytes to a message.

use quant_ir::{Bytes, Error, Place, Problem, Result};

use crate::limits::{MAX_DEPTH, MAX_FIELDS, MAX_MESSAGE_BYTES};
use crate::message::{Field, Message, Value};
use crate::schema::{FieldType, Kind, MessageType};

/// Reads a message of that type; its bytes stay where they are. `hint` says what to do when they are no such message.
///
/// # Errors
/// `Malformed`: the bytes are no such message, or a field that may be there once is there twice; `Limit`: more than 2 GiB,
/// too many fields, or messages too deep in messages.
pub fn read(bytes: &Bytes, of: &'static MessageType, hint: &str) -> Result<Message> {
    if bytes.len() > MAX_MESSAGE_BYTES {
        let what = format!("{} bytes in one message", bytes.len());
        let hint = "protobuf reads less than 2 GiB";
        return Err(Error::limit(of.name, what, hint));
    }
    let mut reader = Reader {
        all: bytes,
        hint,
        at: 0,
        fields: 0,
    };
    reader.message(bytes.len(), of, 0)
}

struct Reader<'a> {
    all: &'a Bytes,
    hint: &'a str,
    at: usize,
    /// Fields read so far.
    fields: usize,
}

impl Reader<'_> {
    fn message(&mut self, end: usize, of: &'static MessageType, depth: usize) -> Result<Message> {
        if depth > MAX_DEPTH {
            let what = format!("more than {MAX_DEPTH} messages within each other");
            return Err(Error::limit(self.place(of), what, "no graph has so many"));
        }
        let mut fields = Vec::new();
        let mut once = 0u128;
        while self.at < end {
            self.fields = self.fields.saturating_add(1);
            if self.fields > MAX_FIELDS {
                let what = format!("more than {MAX_FIELDS} fields");
                return Err(Error::limit(self.place(of), what, "no graph has so many"));
            }
            let (number, wire) = self.tag(end, of)?;
            let known = of.field(number);
            if let Some(field) = known.filter(|field| !field.repeated) {
                let bit = 1u128.checked_shl(number).unwrap_or(0);
                if once & bit != 0 {
                    let what = format!("`{}` is there twice", field.name);
                    return Err(self.malformed(of, what));
                }
                once |= bit;
            }
            let value = self.value(end, wire, of, known, depth)?;
            fields.push(Field { number, value });
        }
        fields.shrink_to_fit();
        Ok(Message { fields })
    }

    /// The number of a field and its wire type.
    fn tag(&mut self, end: usize, of: &MessageType) -> Result<(u32, u64)> {
        let tag = self.varint(end, of)?;
        match u32::try_from(tag >> 3) {
            Ok(number @ 1..=0x1fff_ffff) => Ok((number, tag & 7)),
            _ => Err(self.malformed(of, format!("{} is the number of no field", tag >> 3))),
        }
    }

    fn value(
        &mut self,
        end: usize,
        wire: u64,
        of: &'static MessageType,
        known: Option<&'static FieldType>,
        depth: usize,
    ) -> Result<Value> {
        if let Some(field) = known
            && !fits(field, wire)
        {
            let what = format!("`{}` is of wire type {wire}", field.name);
            return Err(self.malformed(of, what));
        }
        match wire {
            0 => Ok(Value::Varint(self.varint(end, of)?)),
            1 => Ok(Value::Fixed64(u64::from_le_bytes(self.array(end, of)?))),
            5 => Ok(Value::Fixed32(u32::from_le_bytes(self.array(end, of)?))),
            2 => {
                let length = self.varint(end, of)?;
                let length = usize::try_from(length).ok();
                let part_end = length.and_then(|length| self.at.checked_add(length));
                let Some(part_end) = part_end.filter(|part_end| *part_end <= end) else {
                    return Err(self.malformed(of, "a field goes beyond its message"));
                };
                self.part(part_end, of, known, depth)
            }
            3 | 4 => Err(self.malformed(of, "it has a group, which no graph has")),
            _ => Err(self.malformed(of, format!("wire type {wire} does not exist"))),
        }
    }

    /// What stands in a field with a length.
    fn part(
        &mut self,
        end: usize,
        of: &'static MessageType,
        known: Option<&'static FieldType>,
        depth: usize,
    ) -> Result<Value> {
        if let Some(Kind::Message(inner)) = known.map(|field| field.kind) {
            return Ok(Value::Message(self.message(
                end,
                inner,
                depth.saturating_add(1),
            )?));
        }
        let start = self.at;
        if let Some(field) = known {
            match field.kind {
                Kind::Bytes | Kind::Message(_) => {}
                Kind::Text => {
                    let text = self.all.get(start..end).unwrap_or_default();
                    if std::str::from_utf8(text).is_err() {
                        return Err(self.malformed(of, format!("`{}` is not UTF-8", field.name)));
                    }
                }
                Kind::Float => self.packed(end, 4, of, field)?,
                Kind::Double | Kind::Fixed64 => self.packed(end, 8, of, field)?,
                _ => {
                    while self.at < end {
                        self.varint(end, of)?;
                    }
                }
            }
        }
        self.at = end;
        Ok(Value::Bytes(
            self.all.share(self.all.get(start..end).unwrap_or_default()),
        ))
    }

    /// Refuses packed numbers with a part of one.
    fn packed(&self, end: usize, size: usize, of: &MessageType, field: &FieldType) -> Result<()> {
        let length = end.saturating_sub(self.at);
        if length.is_multiple_of(size) {
            return Ok(());
        }
        let what = format!("`{}` has {length} bytes of numbers of {size} bytes", field.name);
        Err(self.malformed(of, what))
    }

    fn varint(&mut self, end: usize, of: &MessageType) -> Result<u64> {
        let rest = self.all.get(self.at..end).unwrap_or_default();
        let mut value = 0u64;
        for (index, byte) in rest.iter().take(10).enumerate() {
            let bits = u64::from(byte & 0x7f);
            let shift = u32::try_from(index).unwrap_or_default().saturating_mul(7);
            // The tenth byte has room for one bit.
            if index == 9 && bits > 1 {
                break;
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                self.at = self.at.saturating_add(index).saturating_add(1);
                return Ok(value);
            }
        }
        Err(self.malformed(of, "a number does not end"))
    }

    fn array<const N: usize>(&mut self, end: usize, of: &MessageType) -> Result<[u8; N]> {
        let rest = self.all.get(self.at..end).unwrap_or_default();
        let Some(array) = rest.first_chunk() else {
            return Err(self.malformed(of, "a number goes beyond its message"));
        };
        self.at = self.at.saturating_add(N);
        Ok(*array)
    }

    fn place(&self, of: &MessageType) -> Place {
        format!("{} at byte {}", of.name, self.at).into()
    }

    fn malformed(&self, of: &MessageType, what: impl Into<String>) -> Error {
        Error::new(self.place(of), Problem::Malformed(what.into()), self.hint)
    }
}

/// Whether a field can come in that wire type; repeated numbers come one by one or packed.
fn fits(field: &FieldType, wire: u64) -> bool {
    let own = match field.kind {
        Kind::Text | Kind::Bytes | Kind::Message(_) => return wire == 2,
        Kind::Float => 5,
        Kind::Double | Kind::Fixed64 => 1,
        _ => 0,
    };
    wire == own || (field.repeated && wire == 2)
}
