//! Tensor values at run time.

use half::f16;

pub use crate::floats::Floats;
use crate::{DType, Tensor};

/// The elements of a value, row-major.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs)]
pub enum Data {
    F32(Floats),
    F16(Vec<f16>),
    I32(Vec<i32>),
    I64(Vec<i64>),
    I16(Vec<i16>),
    I8(Vec<i8>),
    U8(Vec<u8>),
    Bool(Vec<bool>),
    /// Real and imaginary parts.
    C64(Vec<[f32; 2]>),
}

/// Applies the same expression to the elements of every type.
macro_rules! each {
    ($data:expr, $elements:ident => $result:expr) => {
        match $data {
            Data::F32($elements) => Data::F32($result),
            Data::F16($elements) => Data::F16($result),
            Data::I32($elements) => Data::I32($result),
            Data::I64($elements) => Data::I64($result),
            Data::I16($elements) => Data::I16($result),
            Data::I8($elements) => Data::I8($result),
            Data::U8($elements) => Data::U8($result),
            Data::Bool($elements) => Data::Bool($result),
            Data::C64($elements) => Data::C64($result),
        }
    };
}

impl Data {
    /// Number of elements.
    pub fn len(&self) -> usize {
        match self {
            Self::F32(data) => data.len(),
            Self::F16(data) => data.len(),
            Self::I32(data) => data.len(),
            Self::I64(data) => data.len(),
            Self::I16(data) => data.len(),
            Self::I8(data) => data.len(),
            Self::U8(data) => data.len(),
            Self::Bool(data) => data.len(),
            Self::C64(data) => data.len(),
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements at these places, in their order. Places are checked by the caller.
    #[must_use]
    pub fn gather(&self, places: impl IntoIterator<Item = usize>) -> Self {
        each!(self, elements => places.into_iter().map(|at| elements[at]).collect())
    }

    /// The same, with the type's zero where there is no place.
    #[must_use]
    pub fn gather_or_zero(&self, places: impl IntoIterator<Item = Option<usize>>) -> Self {
        each!(self, elements => {
            places.into_iter().map(|at| at.map_or_else(Default::default, |at| elements[at])).collect()
        })
    }

    /// Appends the elements of `more` in a range, which the caller checks; whether the types agree.
    #[must_use]
    pub fn append(&mut self, more: &Self, places: std::ops::Range<usize>) -> bool {
        match (self, more) {
            (Self::F32(all), Self::F32(more)) => all.vector().extend_from_slice(&more[places]),
            (Self::F16(all), Self::F16(more)) => all.extend_from_slice(&more[places]),
            (Self::I32(all), Self::I32(more)) => all.extend_from_slice(&more[places]),
            (Self::I64(all), Self::I64(more)) => all.extend_from_slice(&more[places]),
            (Self::I16(all), Self::I16(more)) => all.extend_from_slice(&more[places]),
            (Self::I8(all), Self::I8(more)) => all.extend_from_slice(&more[places]),
            (Self::U8(all), Self::U8(more)) => all.extend_from_slice(&more[places]),
            (Self::Bool(all), Self::Bool(more)) => all.extend_from_slice(&more[places]),
            (Self::C64(all), Self::C64(more)) => all.extend_from_slice(&more[places]),
            _ => return false,
        }
        true
    }

    /// These elements and then those of `more`; `None` when the types differ.
    #[must_use]
    pub fn concat(mut self, more: Self) -> Option<Self> {
        match (&mut self, more) {
            (Self::F32(all), Self::F32(more)) => all.vector().extend(more),
            (Self::F16(all), Self::F16(more)) => all.extend(more),
            (Self::I32(all), Self::I32(more)) => all.extend(more),
            (Self::I64(all), Self::I64(more)) => all.extend(more),
            (Self::I16(all), Self::I16(more)) => all.extend(more),
            (Self::I8(all), Self::I8(more)) => all.extend(more),
            (Self::U8(all), Self::U8(more)) => all.extend(more),
            (Self::Bool(all), Self::Bool(more)) => all.extend(more),
            (Self::C64(all), Self::C64(more)) => all.extend(more),
            _ => return None,
        }
        Some(self)
    }
}

/// A dense tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct Value {
    /// Dimensions; empty for a scalar.
    pub shape: Vec<usize>,
    /// Elements; as many as the product of `shape`.
    pub data: Data,
}

impl Value {
    /// A float value. The caller gives as many elements as the shape has.
    pub fn f32(shape: Vec<usize>, data: Vec<f32>) -> Self {
        debug_assert_eq!(shape.iter().product::<usize>(), data.len());
        Self {
            shape,
            data: Data::F32(data.into()),
        }
    }

    /// A value without elements, shaped as the tensor; `None` for types that have no values here.
    pub fn empty(tensor: &Tensor) -> Option<Self> {
        let data = match tensor.dtype {
            DType::Float32 => Data::F32(Floats::default()),
            DType::Float16 => Data::F16(Vec::new()),
            DType::Int32 => Data::I32(Vec::new()),
            DType::Int64 => Data::I64(Vec::new()),
            DType::Int16 => Data::I16(Vec::new()),
            DType::Int8 => Data::I8(Vec::new()),
            DType::Uint8 => Data::U8(Vec::new()),
            DType::Bool => Data::Bool(Vec::new()),
            DType::Complex64 => Data::C64(Vec::new()),
            _ => return None,
        };
        let shape: Option<_> = tensor.shape.iter().map(|d| usize::try_from(*d).ok()).collect();
        Some(Self { shape: shape?, data })
    }

    /// Zeros of the tensor's type and shape; `None` for a shape that is not known and types without values here.
    pub fn zeros(tensor: &Tensor) -> Option<Self> {
        let Self { shape, data } = Self::empty(tensor)?;
        let data = data.gather_or_zero(std::iter::repeat_n(None, tensor.elements()?));
        Some(Self { shape, data })
    }

    /// The elements as little-endian bytes, row-major; a bool is one byte.
    pub fn to_le_bytes(&self) -> Vec<u8> {
        match &self.data {
            Data::F32(data) => data.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Data::F16(data) => data.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Data::I32(data) => data.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Data::I64(data) => data.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Data::I16(data) => data.iter().flat_map(|x| x.to_le_bytes()).collect(),
            Data::I8(data) => data.iter().map(|x| x.cast_unsigned()).collect(),
            Data::U8(data) => data.clone(),
            Data::Bool(data) => data.iter().map(|x| u8::from(*x)).collect(),
            Data::C64(data) => data.iter().flatten().flat_map(|x| x.to_le_bytes()).collect(),
        }
    }

    /// The element type.
    pub fn dtype(&self) -> DType {
        match self.data {
            Data::F32(_) => DType::Float32,
            Data::F16(_) => DType::Float16,
            Data::I32(_) => DType::Int32,
            Data::I64(_) => DType::Int64,
            Data::I16(_) => DType::Int16,
            Data::I8(_) => DType::Int8,
            Data::U8(_) => DType::Uint8,
            Data::Bool(_) => DType::Bool,
            Data::C64(_) => DType::Complex64,
        }
    }

    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there are as many elements as the shape says.
    pub fn is_whole(&self) -> bool {
        let wanted = self.shape.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
        wanted == Some(self.data.len())
    }

    /// Whether there are no elements.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The elements, when they are floats.
    pub fn as_f32(&self) -> Option<&[f32]> {
        match &self.data {
            Data::F32(data) => Some(data),
            _ => None,
        }
    }

    /// The elements of an integer value, widened.
    pub fn to_i64(&self) -> Option<Vec<i64>> {
        Some(match &self.data {
            Data::I32(d) => d.iter().map(|&x| i64::from(x)).collect(),
            Data::I64(d) => d.clone(),
            Data::I16(d) => d.iter().map(|&x| i64::from(x)).collect(),
            Data::I8(d) => d.iter().map(|&x| i64::from(x)).collect(),
            Data::U8(d) => d.iter().map(|&x| i64::from(x)).collect(),
            Data::Bool(d) => d.iter().map(|&x| i64::from(x)).collect(),
            Data::F32(_) | Data::F16(_) | Data::C64(_) => return None,
        })
    }
}
