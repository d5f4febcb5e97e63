//! Attributes of nodes.

use quant_ir::{Error, Problem, Result};
use quant_protobuf::message::{Message, Value};
use quant_protobuf::packed::{fixed, integers};

use crate::tensor::TensorProto;

/// What an attribute holds.
#[derive(Clone, Debug, PartialEq)]
pub enum Attribute {
    /// A float.
    Float(f32),
    /// An integer.
    Int(i64),
    /// Bytes, mostly a text.
    Bytes(Vec<u8>),
    /// A constant.
    Tensor(TensorProto),
    /// A graph (`GraphProto`), as its message; [`crate::Graph::from_message`] has its nodes.
    Graph(Message),
    /// Floats.
    Floats(Vec<f32>),
    /// Integers.
    Ints(Vec<i64>),
    /// Texts.
    Strings(Vec<Vec<u8>>),
    /// Constants.
    Tensors(Vec<TensorProto>),
    /// Graphs.
    Graphs(Vec<Message>),
    /// The name of an attribute of the function around, which the caller gives.
    Reference(String),
    /// Sparse constants and types: the whole `AttributeProto`.
    Other(Message),
}

pub(crate) mod field {
    pub const NAME: u32 = 1;
    pub const FLOAT: u32 = 2;
    pub const INT: u32 = 3;
    pub const BYTES: u32 = 4;
    pub const TENSOR: u32 = 5;
    pub const GRAPH: u32 = 6;
    pub const FLOATS: u32 = 7;
    pub const INTS: u32 = 8;
    pub const STRINGS: u32 = 9;
    pub const TENSORS: u32 = 10;
    pub const GRAPHS: u32 = 11;
    pub const TYPE: u32 = 20;
    pub const REFERENCE: u32 = 21;
}

/// Fields by the numbers of `AttributeType`, from 1.
const FIELDS: [u32; 10] = [
    field::FLOAT,
    field::INT,
    field::BYTES,
    field::TENSOR,
    field::GRAPH,
    field::FLOATS,
    field::INTS,
    field::STRINGS,
    field::TENSORS,
    field::GRAPHS,
];

impl Attribute {
    /// A text.
    pub fn text(text: &str) -> Self {
        Self::Bytes(text.as_bytes().to_vec())
    }

    /// What an `AttributeProto` holds. Old files do not say its type, which is then that of what is there.
    ///
    /// # Errors
    /// `Malformed`: nothing of the type that it says.
    #[allow(clippy::as_conversions)] // two's complement is how the wire has it
    pub fn from_message(message: &Message) -> Result<Self> {
        if message.get(field::REFERENCE).is_some() {
            return Ok(Self::Reference(message.text(field::REFERENCE).to_owned()));
        }
        let said = usize::try_from(message.int(field::TYPE)).unwrap_or_default();
        let number = match said.checked_sub(1) {
            Some(at) => FIELDS.get(at).copied(),
            None => FIELDS.into_iter().find(|number| message.get(*number).is_some()),
        };
        let missing = || {
            let what = format!("attribute `{}` has no value", message.text(field::NAME));
            Error::new("", Problem::Malformed(what), "export the model again")
        };
        Ok(match number {
            // What is the default need not be written.
            Some(field::FLOAT) => match message.get(field::FLOAT) {
                Some(Value::Fixed32(bits)) => Self::Float(f32::from_bits(*bits)),
                _ => Self::Float(0.0),
            },
            Some(field::INT) => Self::Int(message.int(field::INT)),
            Some(field::BYTES) => Self::Bytes(message.bytes(field::BYTES).to_vec()),
            Some(field::TENSOR) => {
                let tensor = message.message(field::TENSOR).ok_or_else(missing)?;
                Self::Tensor(TensorProto(tensor.clone()))
            }
            Some(field::GRAPH) => Self::Graph(message.message(field::GRAPH).ok_or_else(missing)?.clone()),
            Some(field::FLOATS) => {
                let bytes = fixed(message, field::FLOATS);
                let floats = bytes.as_chunks().0.iter().map(|x| f32::from_le_bytes(*x));
                Self::Floats(floats.collect())
            }
            Some(field::INTS) => {
                let ints = integers(message, field::INTS).into_iter();
                Self::Ints(ints.map(|value| value as i64).collect())
            }
            Some(field::STRINGS) => {
                let strings = message.all(field::STRINGS).filter_map(|value| match value {
                    Value::Bytes(bytes) => Some(bytes.to_vec()),
                    _ => None,
                });
                Self::Strings(strings.collect())
            }
            Some(field::TENSORS) => {
                let tensors = message.messages(field::TENSORS).cloned();
                Self::Tensors(tensors.map(TensorProto).collect())
            }
            Some(field::GRAPHS) => Self::Graphs(message.messages(field::GRAPHS).cloned().collect()),
            _ => Self::Other(message.clone()),
        })
    }

    /// As an `AttributeProto` of that name.
    pub fn to_message(&self, name: &str) -> Message {
        let of = |tensor: &TensorProto| Value::Message(tensor.0.clone());
        let (number, values): (u32, Vec<Value>) = match self {
            Self::Float(value) => (field::FLOAT, vec![Value::Fixed32(value.to_bits())]),
            Self::Int(value) => (field::INT, vec![Value::int(*value)]),
            Self::Bytes(bytes) => (field::BYTES, vec![Value::Bytes(bytes.clone().into())]),
            Self::Tensor(tensor) => (field::TENSOR, vec![of(tensor)]),
            Self::Graph(graph) => (field::GRAPH, vec![Value::Message(graph.clone())]),
            Self::Floats(values) => {
                let values = values.iter().map(|value| Value::Fixed32(value.to_bits()));
                (field::FLOATS, values.collect())
            }
            Self::Ints(values) => {
                let values = values.iter().map(|value| Value::int(*value));
                (field::INTS, values.collect())
            }
            Self::Strings(strings) => {
                let strings = strings.iter().map(|string| Value::Bytes(string.clone().into()));
                (field::STRINGS, strings.collect())
            }
            Self::Tensors(tensors) => (field::TENSORS, tensors.iter().map(of).collect()),
            Self::Graphs(graphs) => {
                let graphs = graphs.iter().cloned().map(Value::Message);
                (field::GRAPHS, graphs.collect())
            }
            Self::Reference(other) => (field::REFERENCE, vec![Value::text(other)]),
            Self::Other(message) => {
                let mut message = message.clone();
                message.set(field::NAME, [Value::text(name)]);
                return message;
            }
        };
        let mut message = Message::default();
        message.push(field::NAME, Value::text(name));
        message.set(number, values);
        for (number_of_type, known) in (1..).zip(FIELDS) {
            if known == number {
                message.set(field::TYPE, [Value::Varint(number_of_type)]);
            }
        }
        message
    }
}
