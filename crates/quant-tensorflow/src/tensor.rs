//! Tensors as files have them (`tensor.proto`), and the arrays that they stand for.

use quant_ir::limits::MAX_ELEMENTS;
use quant_ir::{Bytes, Error, Problem, Result};

use crate::data_type::DataType;
use crate::message::{Message, Value};
use crate::shape::Shape;
use quant_protobuf::packed::{fixed, integers};

/// A constant: its element type, sizes and elements.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    /// Element type.
    pub data_type: DataType,
    /// Sizes; none for a scalar.
    pub shape: Vec<usize>,
    /// Elements, the last dimension fastest.
    pub elements: Elements,
}

/// The elements of a tensor.
#[derive(Clone, Debug, PartialEq)]
pub enum Elements {
    /// Numbers, little endian.
    Numbers(Bytes),
    /// Strings.
    Strings(Vec<Vec<u8>>),
}

mod field {
    pub const DTYPE: u32 = 1;
    pub const SHAPE: u32 = 2;
    pub const CONTENT: u32 = 4;
    pub const FLOAT: u32 = 5;
    pub const DOUBLE: u32 = 6;
    pub const INT: u32 = 7;
    pub const STRING: u32 = 8;
    pub const SCOMPLEX: u32 = 9;
    pub const INT64: u32 = 10;
    pub const BOOL: u32 = 11;
    pub const DCOMPLEX: u32 = 12;
    pub const HALF: u32 = 13;
    pub const UINT32: u32 = 16;
    pub const UINT64: u32 = 17;
}

impl Tensor {
    /// A tensor of floats; `values` are as many as `shape` says.
    pub fn floats(shape: &[usize], values: &[f32]) -> Self {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self::numbers(DataType::FLOAT, shape, bytes)
    }

    /// A tensor of numbers, little endian.
    pub fn numbers(data_type: DataType, shape: &[usize], bytes: impl Into<Bytes>) -> Self {
        Self {
            data_type,
            shape: shape.to_vec(),
            elements: Elements::Numbers(bytes.into()),
        }
    }

    /// The elements of a tensor of numbers, little endian; none for strings.
    pub fn bytes(&self) -> &[u8] {
        match &self.elements {
            Elements::Numbers(bytes) => bytes,
            Elements::Strings(_) => &[],
        }
    }

    /// The elements of a tensor of floats of 16, 32 or 64 bits, as floats of 32; `None` for other types.
    #[allow(clippy::as_conversions)] // rounding to the nearest float is what is wanted
    pub fn to_floats(&self) -> Option<Vec<f32>> {
        let bytes = self.bytes();
        Some(match self.data_type {
            DataType::FLOAT => bytes
                .as_chunks()
                .0
                .iter()
                .map(|x| f32::from_le_bytes(*x))
                .collect(),
            DataType::DOUBLE => {
                let chunks = bytes.as_chunks().0.iter();
                chunks.map(|x| f64::from_le_bytes(*x) as f32).collect()
            }
            DataType::HALF => {
                let chunks = bytes.as_chunks().0.iter();
                chunks.map(|x| half::f16::from_le_bytes(*x).to_f32()).collect()
            }
            DataType::BFLOAT16 => {
                let chunks = bytes.as_chunks().0.iter();
                chunks.map(|x| half::bf16::from_le_bytes(*x).to_f32()).collect()
            }
            _ => return None,
        })
    }

    /// The elements of a tensor of integers; `None` for other types, and for numbers beyond 63 bits.
    pub fn to_ints(&self) -> Option<Vec<i64>> {
        let bytes = self.bytes();
        Some(match self.data_type {
            DataType::INT8 | DataType::QINT8 => {
                bytes.iter().map(|x| i64::from(i8::from_le_bytes([*x]))).collect()
            }
            DataType::UINT8 | DataType::QUINT8 | DataType::BOOL => {
                bytes.iter().map(|x| i64::from(*x)).collect()
            }
            DataType::INT16 | DataType::QINT16 => {
                let chunks = bytes.as_chunks().0.iter();
                chunks.map(|x| i16::from_le_bytes(*x).into()).collect()
            }
            DataType::UINT16 | DataType::QUINT16 => {
                let chunks = bytes.as_chunks().0.iter();
                chunks.map(|x| u16::from_le_bytes(*x).into()).collect()
            }
            DataType::INT32 | DataType::QINT32 => {
                let chunks = bytes.as_chunks().0.iter();
                chunks.map(|x| i32::from_le_bytes(*x).into()).collect()
            }
            DataType::UINT32 => {
                let chunks = bytes.as_chunks().0.iter();
                chunks.map(|x| u32::from_le_bytes(*x).into()).collect()
            }
            DataType::INT64 => bytes
                .as_chunks()
                .0
                .iter()
                .map(|x| i64::from_le_bytes(*x))
                .collect(),
            DataType::UINT64 => {
                let chunks = bytes.as_chunks().0.iter();
                let ints: Option<_> = chunks
                    .map(|x| i64::try_from(u64::from_le_bytes(*x)).ok())
                    .collect();
                ints?
            }
            _ => return None,
        })
    }

    /// The tensor of a `TensorProto`: its elements as bytes, or one by one; then the last one stands for all behind it, and
    /// zeros for all if there is none.
    ///
    /// # Errors
    /// `Malformed`: elements that do not fit shape or type; `UnsupportedType`: handles, variants, types of four bits;
    /// `TooLarge`.
    pub fn from_message(message: &Message) -> Result<Self> {
        let data_type = i32::try_from(message.int(field::DTYPE)).unwrap_or_default();
        let data_type = DataType(data_type);
        let sizes = message.message(field::SHAPE).map(Shape::from_message);
        let sizes = sizes.unwrap_or(Shape(Some(Vec::new())));
        let sizes = sizes.0.unwrap_or_else(|| vec![-1]);
        let shape: Option<Vec<usize>> = sizes.iter().map(|size| usize::try_from(*size).ok()).collect();
        let shape = shape.ok_or_else(|| malformed(format!("a constant has the shape {sizes:?}")))?;
        let count = shape
            .iter()
            .try_fold(1usize, |count, size| count.checked_mul(*size));
        let Some(count) = count.filter(|count| *count <= MAX_ELEMENTS) else {
            let problem = Problem::TooLarge {
                what: "constant",
                shape,
                limit: MAX_ELEMENTS,
            };
            return Err(Error::new("", problem, "split the graph"));
        };
        let elements = if data_type == DataType::STRING {
            let mut strings = strings(message);
            fills(strings.len(), count)?;
            strings.resize(count, strings.last().cloned().unwrap_or_default());
            Elements::Strings(strings)
        } else {
            Elements::Numbers(numbers(message, data_type, count)?)
        };
        Ok(Self {
            data_type,
            shape,
            elements,
        })
    }

    /// As a `TensorProto`; numbers as bytes.
    pub fn to_message(&self) -> Message {
        let mut message = Message::default();
        message.push(field::DTYPE, Value::int(self.data_type.0.into()));
        let shape = Shape::of(&self.shape).to_message();
        message.push(field::SHAPE, Value::Message(shape));
        match &self.elements {
            Elements::Numbers(bytes) => message.push(field::CONTENT, Value::Bytes(bytes.clone())),
            Elements::Strings(strings) => {
                for string in strings {
                    message.push(field::STRING, Value::Bytes(string.clone().into()));
                }
            }
        }
        message
    }
}

fn strings(message: &Message) -> Vec<Vec<u8>> {
    let strings = message.all(field::STRING).filter_map(|value| match value {
        Value::Bytes(bytes) => Some(bytes.to_vec()),
        _ => None,
    });
    strings.collect()
}

/// The elements as bytes.
fn numbers(message: &Message, data_type: DataType, count: usize) -> Result<Bytes> {
    let size = data_type.size().ok_or_else(|| {
        let problem = Problem::UnsupportedType(format!("a constant of {data_type}"));
        Error::new("", problem, "numbers, bools and strings are read")
    })?;
    let length = count.saturating_mul(size);
    if let Some(Value::Bytes(content)) = message.get(field::CONTENT)
        && !content.is_empty()
    {
        if content.len() == length {
            return Ok(content.clone());
        }
        let found = content.len();
        let what = format!("{found} bytes of content for {count} elements of {data_type}");
        return Err(malformed(what));
    }
    let mut elements = one_by_one(message, data_type, size);
    let missing = fills(elements.len().checked_div(size).unwrap_or_default(), count)?;
    let last = elements.rchunks_exact(size).next().map(<[u8]>::to_vec);
    let fill = last.unwrap_or_else(|| vec![0; size]).repeat(missing);
    elements.extend(fill);
    Ok(elements.into())
}

/// The elements that are given one by one.
fn one_by_one(message: &Message, data_type: DataType, size: usize) -> Vec<u8> {
    let number = match data_type {
        DataType::FLOAT => return fixed(message, field::FLOAT),
        DataType::DOUBLE => return fixed(message, field::DOUBLE),
        DataType::COMPLEX64 => return fixed(message, field::SCOMPLEX),
        DataType::COMPLEX128 => return fixed(message, field::DCOMPLEX),
        DataType::HALF | DataType::BFLOAT16 => field::HALF,
        DataType::INT64 => field::INT64,
        DataType::BOOL => field::BOOL,
        DataType::UINT32 => field::UINT32,
        DataType::UINT64 => field::UINT64,
        _ => field::INT,
    };
    let low = |value: u64| value.to_le_bytes().into_iter().take(size);
    integers(message, number).into_iter().flat_map(low).collect()
}

/// How many elements the last one stands for besides.
fn fills(found: usize, count: usize) -> Result<usize> {
    count
        .checked_sub(found)
        .ok_or_else(|| malformed(format!("{found} elements where its shape has {count}")))
}

fn malformed(what: String) -> Error {
    Error::new("", Problem::Malformed(what), "freeze the graph again")
}
