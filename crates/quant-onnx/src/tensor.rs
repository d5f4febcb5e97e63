//! Tensors as files have them, and the arrays that they stand for.

use quant_ir::{Bytes, Error, Place, Problem, Result};
use quant_protobuf::array::{self, Array, Elements};
use quant_protobuf::message::{Message, Value};
use quant_protobuf::packed::{fixed, integers};

use crate::data_type::DataType;
use crate::external::External;

/// A tensor of a file: a view of its message, which keeps what is not known.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct TensorProto(pub Message);

/// An array: its element type, sizes and elements.
pub type Tensor = Array<DataType>;

mod field {
    pub const DIMS: u32 = 1;
    pub const DATA_TYPE: u32 = 2;
    pub const FLOAT: u32 = 4;
    pub const INT32: u32 = 5;
    pub const STRING: u32 = 6;
    pub const INT64: u32 = 7;
    pub const NAME: u32 = 8;
    pub const RAW: u32 = 9;
    pub const DOUBLE: u32 = 10;
    pub const UINT64: u32 = 11;
    pub const EXTERNAL: u32 = 13;
    pub const LOCATION: u32 = 14;
}

impl TensorProto {
    /// A tensor with a name; its elements as `raw_data`.
    pub fn new(name: &str, tensor: &Tensor) -> Self {
        let mut proto = Self::default();
        for size in &tensor.shape {
            let size = i64::try_from(*size).unwrap_or(i64::MAX);
            proto.0.push(field::DIMS, Value::int(size));
        }
        proto
            .0
            .push(field::DATA_TYPE, Value::int(tensor.data_type.0.into()));
        if let Elements::Strings(strings) = &tensor.elements {
            for string in strings {
                proto.0.push(field::STRING, Value::Bytes(string.clone().into()));
            }
        }
        if !name.is_empty() {
            proto.0.push(field::NAME, Value::text(name));
        }
        if let Elements::Numbers(bytes) = &tensor.elements {
            proto.0.push(field::RAW, Value::Bytes(bytes.clone()));
        }
        proto
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.0.text(field::NAME)
    }

    /// Gives it another name; those who read it are not changed.
    pub fn set_name(&mut self, name: &str) {
        self.0.set(field::NAME, [Value::text(name)]);
    }

    /// Its element type.
    pub fn data_type(&self) -> DataType {
        DataType(i32::try_from(self.0.int(field::DATA_TYPE)).unwrap_or_default())
    }

    /// Its sizes as the file has them.
    #[allow(clippy::as_conversions)] // two's complement is how the wire has it
    pub fn dims(&self) -> Vec<i64> {
        let dims = integers(&self.0, field::DIMS).into_iter();
        dims.map(|size| size as i64).collect()
    }

    /// Where its elements stand, when they do not stand here.
    ///
    /// # Errors
    /// Those of [`External::of`].
    pub fn external(&self) -> Result<Option<External>> {
        if self.0.int(field::LOCATION) != 1 {
            return Ok(None);
        }
        let entries = self.0.messages(field::EXTERNAL);
        let external = External::of(entries.map(|entry| (entry.text(1), entry.text(2))));
        external.map(Some).map_err(|error| error.within(self.place()))
    }

    /// Its elements stand there from now on, and no longer here.
    pub fn set_external(&mut self, external: &External) {
        let length = external.length.map(|length| length.to_string());
        let entries = [
            ("location", Some(external.location.clone())),
            ("offset", Some(external.offset.to_string())),
            ("length", length),
        ];
        let entries = entries.into_iter().filter_map(|(key, text)| {
            let mut entry = Message::default();
            entry.push(1, Value::text(key));
            entry.push(2, Value::text(&text?));
            Some(Value::Message(entry))
        });
        self.clear();
        self.0.set(field::EXTERNAL, entries.collect::<Vec<_>>());
        self.0.set(field::LOCATION, [Value::int(1)]);
    }

    /// These are its elements from now on; type and sizes stay.
    pub fn set_raw(&mut self, bytes: Bytes) {
        self.clear();
        self.0.set(field::RAW, [Value::Bytes(bytes)]);
    }

    /// Drops its elements, wherever they stand.
    fn clear(&mut self) {
        for number in [
            field::FLOAT,
            field::INT32,
            field::INT64,
            field::RAW,
            field::DOUBLE,
            field::UINT64,
            field::EXTERNAL,
            field::LOCATION,
        ] {
            self.0.set(number, []);
        }
    }

    /// The bytes that it takes.
    pub fn byte_length(&self) -> usize {
        quant_protobuf::wire::length(&self.0)
    }

    /// Its elements as an array.
    ///
    /// # Errors
    /// `Malformed`: elements that do not fit shape or type; `Missing`: they stand in a file that was not read
    /// ([`crate::Model::attach`]); `UnsupportedType`; `TooLarge`.
    pub fn tensor(&self) -> Result<Tensor> {
        self.read().map_err(|error| error.within(self.place()))
    }

    fn read(&self) -> Result<Tensor> {
        if let Some(external) = self.external()? {
            let what = format!(
                "its elements stand in `{}`, which was not read",
                external.location
            );
            return Err(Error::new(
                "",
                Problem::Missing(what),
                "keep the file beside the model",
            ));
        }
        let data_type = self.data_type();
        let dims = self.dims();
        let sizes = array::sizes(&dims, "split the model")?;
        let (shape, count) = sizes.ok_or_else(|| malformed(format!("it has the shape {dims:?}")))?;
        let elements = if data_type == DataType::STRING {
            let strings = array::strings(&self.0, field::STRING);
            if strings.len() != count {
                let found = strings.len();
                return Err(malformed(format!("{found} strings where its shape has {count}")));
            }
            Elements::Strings(strings)
        } else {
            Elements::Numbers(self.numbers(data_type, count)?)
        };
        Ok(Tensor {
            data_type,
            shape,
            elements,
        })
    }

    /// The elements as bytes.
    fn numbers(&self, data_type: DataType, count: usize) -> Result<Bytes> {
        let length = data_type.bytes(count).ok_or_else(|| array::unread(&data_type))?;
        let bytes = match self.0.get(field::RAW) {
            Some(Value::Bytes(raw)) => raw.clone(),
            _ => self.one_by_one(data_type).into(),
        };
        if bytes.len() == length {
            return Ok(bytes);
        }
        let found = bytes.len();
        let what = format!("{found} bytes of elements where {count} of {data_type} take {length}");
        Err(malformed(what))
    }

    /// The elements that are given one by one; those of two and four bits come packed.
    fn one_by_one(&self, data_type: DataType) -> Vec<u8> {
        let number = match data_type {
            DataType::FLOAT | DataType::COMPLEX64 => return fixed(&self.0, field::FLOAT),
            DataType::DOUBLE | DataType::COMPLEX128 => return fixed(&self.0, field::DOUBLE),
            DataType::INT64 => field::INT64,
            DataType::UINT32 | DataType::UINT64 => field::UINT64,
            _ => field::INT32,
        };
        let size = data_type.bits().unwrap_or_default().div_ceil(8);
        array::low_bytes(&self.0, number, size)
    }

    /// The tensor as errors name it.
    pub fn place(&self) -> Place {
        Place::tensor("initializer", self.name())
    }
}

fn malformed(what: String) -> Error {
    Error::new("", Problem::Malformed(what), "export the model again")
}
