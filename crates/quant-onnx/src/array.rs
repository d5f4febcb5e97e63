//! Arrays made of numbers, and their numbers.

use quant_ir::Bytes;

use crate::data_type::DataType;
use crate::tensor::{Elements, Tensor};

impl Tensor {
    /// A tensor of floats; `values` are as many as `shape` says.
    pub fn floats(shape: &[usize], values: &[f32]) -> Self {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self::numbers(DataType::FLOAT, shape, bytes)
    }

    /// A tensor of `INT64`, as shapes and axes are.
    pub fn ints(shape: &[usize], values: &[i64]) -> Self {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self::numbers(DataType::INT64, shape, bytes)
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

    /// The number of elements.
    pub fn count(&self) -> usize {
        self.shape.iter().copied().fold(1, usize::saturating_mul)
    }

    /// The elements of a tensor of floats of 16, 32 or 64 bits, as floats of 32; `None` for other types.
    #[allow(clippy::as_conversions)] // rounding to the nearest float is what is wanted
    pub fn to_floats(&self) -> Option<Vec<f32>> {
        let bytes = self.bytes();
        Some(match self.data_type {
            DataType::FLOAT => each(bytes, f32::from_le_bytes),
            DataType::DOUBLE => each(bytes, |x| f64::from_le_bytes(x) as f32),
            DataType::FLOAT16 => each(bytes, |x| half::f16::from_le_bytes(x).to_f32()),
            DataType::BFLOAT16 => each(bytes, |x| half::bf16::from_le_bytes(x).to_f32()),
            _ => return None,
        })
    }

    /// The elements of a tensor of integers or bools; `None` for other types, and for numbers beyond 63 bits.
    pub fn to_ints(&self) -> Option<Vec<i64>> {
        let bytes = self.bytes();
        Some(match self.data_type {
            DataType::INT8 => each(bytes, |x| i8::from_le_bytes(x).into()),
            DataType::UINT8 | DataType::BOOL => each(bytes, |x| u8::from_le_bytes(x).into()),
            DataType::INT16 => each(bytes, |x| i16::from_le_bytes(x).into()),
            DataType::UINT16 => each(bytes, |x| u16::from_le_bytes(x).into()),
            DataType::INT32 => each(bytes, |x| i32::from_le_bytes(x).into()),
            DataType::UINT32 => each(bytes, |x| u32::from_le_bytes(x).into()),
            DataType::INT64 => each(bytes, i64::from_le_bytes),
            DataType::UINT64 => {
                let ints = each(bytes, |x| i64::try_from(u64::from_le_bytes(x)).ok());
                ints.into_iter().collect::<Option<_>>()?
            }
            DataType::INT4 => self.parts(4, true),
            DataType::UINT4 => self.parts(4, false),
            DataType::INT2 => self.parts(2, true),
            DataType::UINT2 => self.parts(2, false),
            _ => return None,
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
