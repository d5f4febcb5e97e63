//! Tensors as files have them (`tensor.proto`), and the arrays that they stand for.

use quant_ir::{Bytes, Error, Problem, Result};

use crate::data_type::DataType;
use crate::message::{Message, Value};
use crate::shape::Shape;
use quant_protobuf::array::{self, Array, Elements};
use quant_protobuf::packed::fixed;

/// A constant: its element type, sizes and elements.
pub type Tensor = Array<DataType>;

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

/// The tensor of a `TensorProto`: its elements as bytes, or one by one; then the last one stands for all behind it, and
/// zeros for all if there is none.
///
/// # Errors
/// `Malformed`: elements that do not fit shape or type; `UnsupportedType`: handles, variants, types of four bits;
/// `TooLarge`.
pub(crate) fn from_message(message: &Message) -> Result<Tensor> {
    let data_type = i32::try_from(message.int(field::DTYPE)).unwrap_or_default();
    let data_type = DataType(data_type);
    let sizes = message.message(field::SHAPE).map(Shape::from_message);
    let sizes = sizes.unwrap_or(Shape(Some(Vec::new())));
    let sizes = sizes.0.unwrap_or_else(|| vec![-1]);
    let found = array::sizes(&sizes, "split the graph")?;
    let (shape, count) = found.ok_or_else(|| malformed(format!("a constant has the shape {sizes:?}")))?;
    let elements = if data_type == DataType::STRING {
        let mut strings = array::strings(message, field::STRING);
        fills(strings.len(), count)?;
        strings.resize(count, strings.last().cloned().unwrap_or_default());
        Elements::Strings(strings)
    } else {
        Elements::Numbers(numbers(message, data_type, count)?)
    };
    Ok(Tensor {
        data_type,
        shape,
        elements,
    })
}

/// As a `TensorProto`; numbers as bytes.
pub(crate) fn to_message(tensor: &Tensor) -> Message {
    let mut message = Message::default();
    message.push(field::DTYPE, Value::int(tensor.data_type.0.into()));
    let shape = Shape::of(&tensor.shape).to_message();
    message.push(field::SHAPE, Value::Message(shape));
    match &tensor.elements {
        Elements::Numbers(bytes) => message.push(field::CONTENT, Value::Bytes(bytes.clone())),
        Elements::Strings(strings) => {
            for string in strings {
                message.push(field::STRING, Value::Bytes(string.clone().into()));
            }
        }
    }
    message
}

/// The elements as bytes.
fn numbers(message: &Message, data_type: DataType, count: usize) -> Result<Bytes> {
    let size = data_type.size().ok_or_else(|| array::unread(&data_type))?;
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
    array::low_bytes(message, number, size)
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
