//! Element types of ONNX (`TensorProto.DataType`).

use std::fmt;

use quant_ir::DType;
use quant_protobuf::array::{ElementType, Number};

use crate::schema::TENSOR_PROTO_DATA_TYPE;

/// An element type, as its number in a file; numbers that nobody knows are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DataType(pub i32);

#[allow(missing_docs)]
impl DataType {
    pub const UNDEFINED: Self = Self(0);
    pub const FLOAT: Self = Self(1);
    pub const UINT8: Self = Self(2);
    pub const INT8: Self = Self(3);
    pub const UINT16: Self = Self(4);
    pub const INT16: Self = Self(5);
    pub const INT32: Self = Self(6);
    pub const INT64: Self = Self(7);
    pub const STRING: Self = Self(8);
    pub const BOOL: Self = Self(9);
    pub const FLOAT16: Self = Self(10);
    pub const DOUBLE: Self = Self(11);
    pub const UINT32: Self = Self(12);
    pub const UINT64: Self = Self(13);
    pub const COMPLEX64: Self = Self(14);
    pub const COMPLEX128: Self = Self(15);
    pub const BFLOAT16: Self = Self(16);
    pub const UINT4: Self = Self(21);
    pub const INT4: Self = Self(22);
    pub const UINT2: Self = Self(25);
    pub const INT2: Self = Self(26);
}

impl DataType {
    /// Bits that an element takes in a tensor; `None` for strings and types that nobody knows.
    pub fn bits(self) -> Option<usize> {
        Some(match self.0 {
            25 | 26 => 2,
            21..=23 => 4,
            2 | 3 | 9 | 17..=20 | 24 | 27 | 28 => 8,
            4 | 5 | 10 | 16 => 16,
            1 | 6 | 12 => 32,
            7 | 11 | 13 | 14 => 64,
            15 => 128,
            _ => return None,
        })
    }

    /// Bytes that so many elements take; the last byte of types of two and four bits may be filled in part.
    pub fn bytes(self, elements: usize) -> Option<usize> {
        Some(elements.checked_mul(self.bits()?)?.div_ceil(8))
    }

    /// The same type in a model; `None` for those that models do not have.
    pub fn dtype(self) -> Option<DType> {
        Some(match self {
            Self::FLOAT => DType::Float32,
            Self::UINT8 => DType::Uint8,
            Self::INT8 => DType::Int8,
            Self::UINT16 => DType::Uint16,
            Self::INT16 => DType::Int16,
            Self::INT32 => DType::Int32,
            Self::INT64 => DType::Int64,
            Self::STRING => DType::String,
            Self::BOOL => DType::Bool,
            Self::FLOAT16 => DType::Float16,
            Self::DOUBLE => DType::Float64,
            Self::UINT32 => DType::Uint32,
            Self::UINT64 => DType::Uint64,
            Self::COMPLEX64 => DType::Complex64,
            Self::COMPLEX128 => DType::Complex128,
            Self::BFLOAT16 => DType::Bfloat16,
            Self::UINT4 => DType::Uint4,
            Self::INT4 => DType::Int4,
            Self::INT2 => DType::Int2,
            _ => return None,
        })
    }
}

impl ElementType for DataType {
    const FLOAT: Self = Self::FLOAT;
    const INT64: Self = Self::INT64;

    fn number(self) -> Option<Number> {
        let part = |bits, signed| Number::Part { bits, signed };
        Some(match self {
            Self::FLOAT16 => Number::F16,
            Self::BFLOAT16 => Number::Bf16,
            Self::FLOAT => Number::F32,
            Self::DOUBLE => Number::F64,
            Self::INT8 => Number::I8,
            Self::UINT8 | Self::BOOL => Number::U8,
            Self::INT16 => Number::I16,
            Self::UINT16 => Number::U16,
            Self::INT32 => Number::I32,
            Self::UINT32 => Number::U32,
            Self::INT64 => Number::I64,
            Self::UINT64 => Number::U64,
            Self::INT4 => part(4, true),
            Self::UINT4 => part(4, false),
            Self::INT2 => part(2, true),
            Self::UINT2 => part(2, false),
            _ => return None,
        })
    }
}

/// As ONNX calls it (`FLOAT`).
impl fmt::Display for DataType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match TENSOR_PROTO_DATA_TYPE.name_of(self.0) {
            Some(name) => f.write_str(name),
            None => write!(f, "element type {}", self.0),
        }
    }
}
