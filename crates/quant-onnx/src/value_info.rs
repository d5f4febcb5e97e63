//! Names, types and shapes of values.

use quant_protobuf::message::{Message, Value};

use crate::data_type::DataType;

/// An input, an output, or what a file says of a value between them: a view of its message.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ValueInfo(pub Message);

/// A size.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Dim {
    /// A number.
    Size(i64),
    /// A name; sizes of one name are equal.
    Param(String),
    /// Any.
    Open,
}

mod field {
    pub const NAME: u32 = 1;
    pub const TYPE: u32 = 2;
    pub const TENSOR: u32 = 1;
    pub const ELEMENT: u32 = 1;
    pub const SHAPE: u32 = 2;
    pub const DIM: u32 = 1;
    pub const SIZE: u32 = 1;
    pub const PARAM: u32 = 2;
}

impl ValueInfo {
    /// A tensor of that type and shape.
    pub fn tensor(name: &str, data_type: DataType, dims: &[Dim]) -> Self {
        let mut info = Self::default();
        info.0.push(field::NAME, Value::text(name));
        info.set_type(data_type, dims);
        info
    }

    /// Makes it a tensor of that type and shape.
    pub fn set_type(&mut self, data_type: DataType, dims: &[Dim]) {
        let mut shape = Message::default();
        for dim in dims {
            let mut message = Message::default();
            match dim {
                Dim::Size(size) => message.push(field::SIZE, Value::int(*size)),
                Dim::Param(name) => message.push(field::PARAM, Value::text(name)),
                Dim::Open => {}
            }
            shape.push(field::DIM, Value::Message(message));
        }
        let mut tensor = Message::default();
        tensor.push(field::ELEMENT, Value::int(data_type.0.into()));
        tensor.push(field::SHAPE, Value::Message(shape));
        let mut of = Message::default();
        of.push(field::TENSOR, Value::Message(tensor));
        self.0.set(field::TYPE, [Value::Message(of)]);
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.0.text(field::NAME)
    }

    /// Gives it another name.
    pub fn set_name(&mut self, name: &str) {
        self.0.set(field::NAME, [Value::text(name)]);
    }

    fn tensor_type(&self) -> Option<&Message> {
        self.0.message(field::TYPE)?.message(field::TENSOR)
    }

    /// The element type; `None` when the value is no tensor, or nothing is said.
    pub fn data_type(&self) -> Option<DataType> {
        let number = self.tensor_type()?.int(field::ELEMENT);
        let number = i32::try_from(number).ok().filter(|number| *number != 0);
        number.map(DataType)
    }

    /// The sizes; `None` when not even their number is known.
    pub fn dims(&self) -> Option<Vec<Dim>> {
        let shape = self.tensor_type()?.message(field::SHAPE)?;
        let dims = shape.messages(field::DIM).map(|dim| {
            if dim.get(field::SIZE).is_some() {
                Dim::Size(dim.int(field::SIZE))
            } else if dim.get(field::PARAM).is_some() {
                Dim::Param(dim.text(field::PARAM).to_owned())
            } else {
                Dim::Open
            }
        });
        Some(dims.collect())
    }
}
