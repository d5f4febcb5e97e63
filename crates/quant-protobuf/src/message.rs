//! A message as it stands in a file: its fields in their order, those that nobody knows among them.

use quant_ir::Bytes;

/// A message. What it holds is known by numbers alone; [`crate::schema`] tells their names and kinds.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Message {
    /// Its fields, in the order of the file.
    pub fields: Vec<Field>,
}

/// A field of a message.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    /// Its number.
    pub number: u32,
    /// What it holds.
    pub value: Value,
}

/// What a field holds, as the wire has it.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Integers, bools and enumerators; those below zero as 64 bits.
    Varint(u64),
    /// Eight bytes.
    Fixed64(u64),
    /// Four bytes.
    Fixed32(u32),
    /// Text, bytes, packed numbers, and fields that are unknown.
    Bytes(Bytes),
    /// A message.
    Message(Message),
}

impl Value {
    /// An integer.
    #[allow(clippy::as_conversions)] // two's complement is how the wire has it
    pub fn int(value: i64) -> Self {
        Self::Varint(value as u64)
    }

    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Bytes(text.as_bytes().to_vec().into())
    }
}

impl Message {
    /// The field of that number; the last one, as in protobuf, if several are there.
    pub fn get(&self, number: u32) -> Option<&Value> {
        let mut found = self.fields.iter().rev();
        found
            .find(|field| field.number == number)
            .map(|field| &field.value)
    }

    /// All fields of that number.
    pub fn all(&self, number: u32) -> impl DoubleEndedIterator<Item = &Value> {
        let found = self.fields.iter().filter(move |field| field.number == number);
        found.map(|field| &field.value)
    }

    /// An integer; 0 when it is not there.
    #[allow(clippy::as_conversions)] // two's complement is how the wire has it
    pub fn int(&self, number: u32) -> i64 {
        match self.get(number) {
            Some(Value::Varint(value)) => *value as i64,
            _ => 0,
        }
    }

    /// Bytes; none when they are not there.
    pub fn bytes(&self, number: u32) -> &[u8] {
        match self.get(number) {
            Some(Value::Bytes(bytes)) => bytes,
            _ => &[],
        }
    }

    /// A text; empty when it is not there.
    pub fn text(&self, number: u32) -> &str {
        std::str::from_utf8(self.bytes(number)).unwrap_or_default()
    }

    /// The texts of a repeated field.
    pub fn texts(&self, number: u32) -> impl DoubleEndedIterator<Item = &str> {
        self.all(number).filter_map(|value| match value {
            Value::Bytes(bytes) => std::str::from_utf8(bytes).ok(),
            _ => None,
        })
    }

    /// A message.
    pub fn message(&self, number: u32) -> Option<&Self> {
        match self.get(number) {
            Some(Value::Message(message)) => Some(message),
            _ => None,
        }
    }

    /// The messages of a repeated field.
    pub fn messages(&self, number: u32) -> impl DoubleEndedIterator<Item = &Self> {
        self.all(number).filter_map(|value| match value {
            Value::Message(message) => Some(message),
            _ => None,
        })
    }

    /// Adds a field behind the others.
    pub fn push(&mut self, number: u32, value: Value) {
        self.fields.push(Field { number, value });
    }

    /// Makes `values` all that the field holds. They stand where the first one stood, and otherwise before the first field of
    /// a higher number, where protobuf writes them.
    pub fn set(&mut self, number: u32, values: impl IntoIterator<Item = Value>) {
        let old = self.fields.iter().position(|field| field.number == number);
        self.fields.retain(|field| field.number != number);
        let next = || self.fields.iter().position(|field| field.number > number);
        let at = old.or_else(next).unwrap_or(self.fields.len());
        let new = values.into_iter().map(|value| Field { number, value });
        self.fields.splice(at..at, new);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(message: &Message) -> Vec<u32> {
        message.fields.iter().map(|field| field.number).collect()
    }

    #[test]
    fn a_field_is_set_where_it_stood_or_in_order() {
        let mut message = Message::default();
        for number in [1, 3, 3, 7] {
            message.push(number, Value::int(-1));
        }
        message.set(3, [Value::text("a"), Value::text("b"), Value::text("c")]);
        assert_eq!(numbers(&message), [1, 3, 3, 3, 7]);
        message.set(5, [Value::int(2)]);
        message.set(9, [Value::int(2)]);
        message.set(1, []);
        assert_eq!(numbers(&message), [3, 3, 3, 5, 7, 9]);
        assert_eq!(message.texts(3).collect::<Vec<_>>(), ["a", "b", "c"]);
        assert_eq!((message.int(7), message.int(5), message.int(1)), (-1, 2, 0));
    }
}
