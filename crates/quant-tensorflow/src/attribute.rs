//! Attributes of nodes (`attr_value.proto`).

use crate::data_type::DataType;
use crate::message::{Message, Value};
use crate::shape::Shape;
use crate::tensor::{self, Tensor};
use quant_protobuf::packed::{fixed, integers};

/// What an attribute holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    /// Bytes, mostly a text.
    Bytes(Vec<u8>),
    /// An integer.
    Int(i64),
    /// A float.
    Float(f32),
    /// A bool.
    Bool(bool),
    /// An element type.
    Type(DataType),
    /// A shape.
    Shape(Shape),
    /// A constant.
    Tensor(Tensor),
    /// A list.
    List(List),
    /// A function, by its name.
    Function(String),
    /// The name of an attribute of the function around, which the caller gives.
    Placeholder(String),
}

/// A list: one of these is filled, or none.
#[derive(Clone, Debug, Default, PartialEq)]
#[allow(missing_docs)]
pub struct List {
    pub bytes: Vec<Vec<u8>>,
    pub ints: Vec<i64>,
    pub floats: Vec<f32>,
    pub bools: Vec<bool>,
    pub types: Vec<DataType>,
    pub shapes: Vec<Shape>,
}

mod field {
    pub const LIST: u32 = 1;
    pub const BYTES: u32 = 2;
    pub const INT: u32 = 3;
    pub const FLOAT: u32 = 4;
    pub const BOOL: u32 = 5;
    pub const TYPE: u32 = 6;
    pub const SHAPE: u32 = 7;
    pub const TENSOR: u32 = 8;
    pub const PLACEHOLDER: u32 = 9;
    pub const FUNCTION: u32 = 10;
}

impl Attribute {
    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Bytes(text.as_bytes().to_vec())
    }

    /// The attribute of an `AttrValue`; `None` when it holds nothing, or nothing that is known.
    ///
    /// # Errors
    /// A tensor that cannot be read.
    pub fn from_message(message: &Message) -> quant_ir::Result<Option<Self>> {
        // What is set last counts, as in protobuf.
        let Some(last) = message.fields.last() else {
            return Ok(None);
        };
        let number = last.number;
        Ok(Some(match (number, &last.value) {
            (field::LIST, Value::Message(list)) => Self::List(List::from_message(list)),
            (field::BYTES, Value::Bytes(bytes)) => Self::Bytes(bytes.to_vec()),
            (field::INT, _) => Self::Int(message.int(number)),
            (field::FLOAT, Value::Fixed32(bits)) => Self::Float(f32::from_bits(*bits)),
            (field::BOOL, _) => Self::Bool(message.int(number) != 0),
            (field::TYPE, _) => Self::Type(data_type(message.int(number))),
            (field::SHAPE, Value::Message(shape)) => Self::Shape(Shape::from_message(shape)),
            (field::TENSOR, Value::Message(tensor)) => Self::Tensor(tensor::from_message(tensor)?),
            (field::PLACEHOLDER, _) => Self::Placeholder(message.text(number).to_owned()),
            (field::FUNCTION, Value::Message(function)) => Self::Function(function.text(1).to_owned()),
            _ => return Ok(None),
        }))
    }

    /// As an `AttrValue`.
    pub fn to_message(&self) -> Message {
        let mut message = Message::default();
        let (number, value) = match self {
            Self::Bytes(bytes) => (field::BYTES, Value::Bytes(bytes.clone().into())),
            Self::Int(value) => (field::INT, Value::int(*value)),
            Self::Float(value) => (field::FLOAT, Value::Fixed32(value.to_bits())),
            Self::Bool(value) => (field::BOOL, Value::Varint((*value).into())),
            Self::Type(value) => (field::TYPE, Value::int(value.0.into())),
            Self::Shape(shape) => (field::SHAPE, Value::Message(shape.to_message())),
            Self::Tensor(tensor) => (field::TENSOR, Value::Message(tensor::to_message(tensor))),
            Self::List(list) => (field::LIST, Value::Message(list.to_message())),
            Self::Function(name) => {
                let mut function = Message::default();
                function.push(1, Value::text(name));
                (field::FUNCTION, Value::Message(function))
            }
            Self::Placeholder(name) => (field::PLACEHOLDER, Value::text(name)),
        };
        message.push(number, value);
        message
    }
}

impl List {
    #[allow(clippy::as_conversions)] // two's complement is how the wire has it
    fn from_message(message: &Message) -> Self {
        let ints = |number| integers(message, number).into_iter().map(|value| value as i64);
        let bytes = message.all(field::BYTES).filter_map(|value| match value {
            Value::Bytes(bytes) => Some(bytes.to_vec()),
            _ => None,
        });
        let floats = fixed(message, field::FLOAT);
        Self {
            bytes: bytes.collect(),
            ints: ints(field::INT).collect(),
            floats: floats
                .as_chunks()
                .0
                .iter()
                .map(|x| f32::from_le_bytes(*x))
                .collect(),
            bools: ints(field::BOOL).map(|value| value != 0).collect(),
            types: ints(field::TYPE).map(data_type).collect(),
            shapes: message.messages(field::SHAPE).map(Shape::from_message).collect(),
        }
    }

    #[allow(clippy::as_conversions)] // two's complement is how the wire has it
    fn to_message(&self) -> Message {
        let mut message = Message::default();
        for bytes in &self.bytes {
            message.push(field::BYTES, Value::Bytes(bytes.clone().into()));
        }
        let mut packed = |number, values: Vec<u64>| {
            if !values.is_empty() {
                let mut bytes = Vec::new();
                values
                    .iter()
                    .for_each(|value| crate::wire::varint(*value, &mut bytes));
                message.push(number, Value::Bytes(bytes.into()));
            }
        };
        packed(field::INT, self.ints.iter().map(|value| *value as u64).collect());
        packed(
            field::BOOL,
            self.bools.iter().map(|value| u64::from(*value)).collect(),
        );
        packed(
            field::TYPE,
            self.types.iter().map(|value| i64::from(value.0) as u64).collect(),
        );
        if !self.floats.is_empty() {
            let bytes: Vec<u8> = self.floats.iter().flat_map(|value| value.to_le_bytes()).collect();
            message.push(field::FLOAT, Value::Bytes(bytes.into()));
        }
        for shape in &self.shapes {
            message.push(field::SHAPE, Value::Message(shape.to_message()));
        }
        message.fields.sort_by_key(|field| field.number);
        message
    }
}

fn data_type(value: i64) -> DataType {
    DataType(i32::try_from(value).unwrap_or_default())
}
