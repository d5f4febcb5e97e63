//! Shapes as files have them, with dimensions that are not known.

use crate::message::{Message, Value};

/// The sizes of a tensor, each −1 when it is not known; `None` when not even their number is.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Shape(pub Option<Vec<i64>>);

mod field {
    pub const DIM: u32 = 2;
    pub const UNKNOWN_RANK: u32 = 3;
    pub const SIZE: u32 = 1;
}

impl Shape {
    /// A shape of known sizes.
    pub fn of(sizes: &[usize]) -> Self {
        let sizes = sizes.iter().map(|size| i64::try_from(*size).unwrap_or(i64::MAX));
        Self(Some(sizes.collect()))
    }

    /// The shape of a `TensorShapeProto`.
    pub fn from_message(message: &Message) -> Self {
        if message.int(field::UNKNOWN_RANK) != 0 {
            return Self(None);
        }
        let sizes = message.messages(field::DIM).map(|dim| dim.int(field::SIZE));
        Self(Some(sizes.collect()))
    }

    /// As a `TensorShapeProto`.
    pub fn to_message(&self) -> Message {
        let mut message = Message::default();
        match &self.0 {
            None => message.push(field::UNKNOWN_RANK, Value::int(1)),
            Some(sizes) => {
                for size in sizes {
                    let mut dim = Message::default();
                    // A number that is 0 is not written.
                    if *size != 0 {
                        dim.push(field::SIZE, Value::int(*size));
                    }
                    message.push(field::DIM, Value::Message(dim));
                }
            }
        }
        message
    }
}
