//! Element types of TensorFlow (`types.proto`).

use std::fmt;

use quant_ir::DType;
use quant_protobuf::array::{ElementType, Number};

use crate::schema::DATA_TYPE;

/// An element type, as its number in a file; numbers that nobody knows are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DataType(pub i32);

#[allow(missing_docs)]
impl DataType {
    pub const FLOAT: Self = Self(1);
    pub const DOUBLE: Self = Self(2);
    pub const INT32: Self = Self(3);
    pub const UINT8: Self = Self(4);
    pub const INT16: Self = Self(5);
    pub const INT8: Self = Self(6);
    pub const STRING: Self = Self(7);
    pub const COMPLEX64: Self = Self(8);
    pub const INT64: Self = Self(9);
    pub const BOOL: Self = Self(10);
    pub const QINT8: Self = Self(11);
    pub const QUINT8: Self = Self(12);
    pub const QINT32: Self = Self(13);
    pub const BFLOAT16: Self = Self(14);
    pub const QINT16: Self = Self(15);
    pub const QUINT16: Self = Self(16);
    pub const UINT16: Self = Self(17);
    pub const COMPLEX128: Self = Self(18);
    pub const HALF: Self = Self(19);
    pub const UINT32: Self = Self(22);
    pub const UINT64: Self = Self(23);
}

impl DataType {
    /// Bytes that an element takes in a tensor; `None` for strings, handles, and types of less than a byte.
    pub fn size(self) -> Option<usize> {
        Some(match self {
            Self::UINT8 | Self::INT8 | Self::BOOL | Self::QINT8 | Self::QUINT8 => 1,
            Self::INT16 | Self::UINT16 | Self::HALF | Self::BFLOAT16 | Self::QINT16 | Self::QUINT16 => 2,
            Self::FLOAT | Self::INT32 | Self::UINT32 | Self::QINT32 => 4,
            Self::DOUBLE | Self::INT64 | Self::UINT64 | Self::COMPLEX64 => 8,
            Self::COMPLEX128 => 16,
            _ => return None,
        })
    }

    /// The same type in a model; `None` for those that models do not have, or have with parameters of quantization.
    pub fn dtype(self) -> Option<DType> {
        Some(match self {
            Self::FLOAT => DType::Float32,
            Self::DOUBLE => DType::Float64,
            Self::INT32 => DType::Int32,
            Self::UINT8 => DType::Uint8,
            Self::INT16 => DType::Int16,
            Self::INT8 => DType::Int8,
            Self::STRING => DType::String,
            Self::COMPLEX64 => DType::Complex64,
            Self::INT64 => DType::Int64,
            Self::BOOL => DType::Bool,
            Self::BFLOAT16 => DType::Bfloat16,
            Self::UINT16 => DType::Uint16,
            Self::COMPLEX128 => DType::Complex128,
            Self::HALF => DType::Float16,
            Self::UINT32 => DType::Uint32,
            Self::UINT64 => DType::Uint64,
            _ => return None,
        })
    }
}

impl ElementType for DataType {
    const FLOAT: Self = Self::FLOAT;
    const INT64: Self = Self::INT64;

    fn number(self) -> Option<Number> {
        Some(match self {
            Self::HALF => Number::F16,
            Self::BFLOAT16 => Number::Bf16,
            Self::FLOAT => Number::F32,
            Self::DOUBLE => Number::F64,
            Self::INT8 | Self::QINT8 => Number::I8,
            Self::UINT8 | Self::QUINT8 | Self::BOOL => Number::U8,
            Self::INT16 | Self::QINT16 => Number::I16,
            Self::UINT16 | Self::QUINT16 => Number::U16,
            Self::INT32 | Self::QINT32 => Number::I32,
            Self::UINT32 => Number::U32,
            Self::INT64 => Number::I64,
            Self::UINT64 => Number::U64,
            _ => return None,
        })
    }
}

/// As the text form has it (`DT_FLOAT`).
impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match DATA_TYPE.name_of(self.0) {
            Some(name) => f.write_str(name),
            None => write!(f, "element type {}", self.0),
        }
    }
}
