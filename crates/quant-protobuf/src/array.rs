//! Arrays that tensors of a file stand for, and how tensors give their elements.

use quant_ir::limits::MAX_ELEMENTS;
use quant_ir::{Bytes, Error, Problem, Result};

use crate::message::{Message, Value};
use crate::packed::integers;

/// An array: its element type, sizes and elements.
#[derive(Clone, Debug, PartialEq)]
pub struct Array<T> {
    /// Element type.
    pub data_type: T,
    /// Sizes; none for a scalar.
    pub shape: Vec<usize>,
    /// Elements, the last dimension fastest.
    pub elements: Elements,
}

/// The elements of a tensor.
#[derive(Clone, Debug, PartialEq)]
pub enum Elements {
    /// Numbers, little endian; those of two and four bits packed, the low bits first.
    Numbers(Bytes),
    /// Strings.
    Strings(Vec<Vec<u8>>),
}

/// How numbers are coded, whatever a framework calls them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Number {
    F16,
    Bf16,
    F32,
    F64,
    I8,
    U8,
    I16,
    U16,
    I32,
    U32,
    I64,
    U64,
    /// Integers of two or four bits, with or without sign.
    Part {
        bits: u32,
        signed: bool,
    },
}

/// The element types of a framework.
pub trait ElementType: Copy {
    /// Floats of 32 bits.
    const FLOAT: Self;
    /// Integers of 64 bits.
    const INT64: Self;

    /// How its numbers are coded; `None` for strings, complex numbers and types that nobody knows.
    fn number(self) -> Option<Number>;
}

impl<T: ElementType> Array<T> {
    /// A tensor of floats; `values` are as many as `shape` says.
    pub fn floats(shape: &[usize], values: &[f32]) -> Self {
        // Chunks of a known size, which are copied at once.
        let bytes: Vec<[u8; 4]> = values.iter().map(|value| value.to_le_bytes()).collect();
        Self::numbers(T::FLOAT, shape, bytes.into_flattened())
    }

    /// A tensor of integers of 64 bits, as shapes and axes are.
    pub fn ints(shape: &[usize], values: &[i64]) -> Self {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self::numbers(T::INT64, shape, bytes)
    }

    /// A tensor of numbers, little endian.
    pub fn numbers(data_type: T, shape: &[usize], bytes: impl Into<Bytes>) -> Self {
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

    /// The number of elements.
    pub fn count(&self) -> usize {
        self.shape.iter().copied().fold(1, usize::saturating_mul)
    }

    /// The elements of a tensor of floats of 16, 32 or 64 bits, as floats of 32; `None` for other types.
    #[allow(clippy::as_conversions)] // rounding to the nearest float is what is wanted
    pub fn to_floats(&self) -> Option<Vec<f32>> {
        let bytes = self.bytes();
        Some(match self.data_type.number()? {
            Number::F32 => each(bytes, f32::from_le_bytes),
            Number::F64 => each(bytes, |x| f64::from_le_bytes(x) as f32),
            Number::F16 => each(bytes, |x| half::f16::from_le_bytes(x).to_f32()),
            Number::Bf16 => each(bytes, |x| half::bf16::from_le_bytes(x).to_f32()),
            _ => return None,
        })
    }

    /// The elements of a tensor of integers or bools; `None` for other types, and for numbers beyond 63 bits.
    pub fn to_ints(&self) -> Option<Vec<i64>> {
        let bytes = self.bytes();
        Some(match self.data_type.number()? {
            Number::I8 => each(bytes, |x| i8::from_le_bytes(x).into()),
            Number::U8 => each(bytes, |x| u8::from_le_bytes(x).into()),
            Number::I16 => each(bytes, |x| i16::from_le_bytes(x).into()),
            Number::U16 => each(bytes, |x| u16::from_le_bytes(x).into()),
            Number::I32 => each(bytes, |x| i32::from_le_bytes(x).into()),
            Number::U32 => each(bytes, |x| u32::from_le_bytes(x).into()),
            Number::I64 => each(bytes, i64::from_le_bytes),
            Number::U64 => {
                let ints = each(bytes, |x| i64::try_from(u64::from_le_bytes(x)).ok());
                ints.into_iter().collect::<Option<_>>()?
            }
            Number::Part { bits, signed } => self.parts(bits, signed),
            Number::F16 | Number::Bf16 | Number::F32 | Number::F64 => return None,
        })
    }

    /// Elements of less than a byte, the low bits first.
    #[allow(clippy::arithmetic_side_effects)] // bits are 2 or 4
    fn parts(&self, bits: u32, signed: bool) -> Vec<i64> {
        let parts = self.bytes().iter().flat_map(|byte| {
            (0..8 / bits).map(move |part| {
                let value = i64::from(*byte >> (part * bits)) & ((1 << bits) - 1);
                let below = signed && value >> (bits - 1) == 1;
                if below { value - (1 << bits) } else { value }
            })
        });
        parts.take(self.count()).collect()
    }
}

fn each<const N: usize, T>(bytes: &[u8], of: impl Fn([u8; N]) -> T) -> Vec<T> {
    bytes.as_chunks().0.iter().map(|chunk| of(*chunk)).collect()
}

/// The sizes of a constant and the number of its elements; `None` for sizes below 0.
///
/// # Errors
/// `TooLarge`, with the hint `split`.
pub fn sizes(dims: &[i64], split: &str) -> Result<Option<(Vec<usize>, usize)>> {
    let shape: Option<Vec<usize>> = dims.iter().map(|size| usize::try_from(*size).ok()).collect();
    let Some(shape) = shape else {
        return Ok(None);
    };
    let count = shape
        .iter()
        .try_fold(1usize, |count, size| count.checked_mul(*size));
    if let Some(count) = count.filter(|count| *count <= MAX_ELEMENTS) {
        return Ok(Some((shape, count)));
    }
    let problem = Problem::TooLarge {
        what: "constant",
        shape,
        limit: MAX_ELEMENTS,
    };
    Err(Error::new("", problem, split))
}

/// The strings of a repeated field.
pub fn strings(message: &Message, number: u32) -> Vec<Vec<u8>> {
    let strings = message.all(number).filter_map(|value| match value {
        Value::Bytes(bytes) => Some(bytes.to_vec()),
        _ => None,
    });
    strings.collect()
}

/// The integers of a repeated field, of each its lowest `size` bytes.
pub fn low_bytes(message: &Message, number: u32, size: usize) -> Vec<u8> {
    let low = |value: u64| value.to_le_bytes().into_iter().take(size);
    integers(message, number).into_iter().flat_map(low).collect()
}

/// A constant whose type nobody reads.
pub fn unread(data_type: &dyn std::fmt::Display) -> Error {
    let problem = Problem::UnsupportedType(format!("a constant of {data_type}"));
    Error::new("", problem, "numbers, bools and strings are read")
}
