//! Numbers as tensors.

use super::integer::Integer;
use super::number::Float;
use crate::data_type::DataType;
use crate::tensor::Tensor;

/// A tensor of quantized integers.
pub(crate) fn integers(integer: Integer, shape: &[usize], of: &[i32]) -> Tensor {
    Tensor::numbers(DataType(integer.code()), shape, integer.bytes(of))
}

/// A tensor of floats of that type.
pub(crate) fn floats(float: Float, shape: &[usize], of: &[f32]) -> Tensor {
    match float {
        Float::F32 => Tensor::floats(shape, of),
        Float::F16 => {
            let bytes = of.iter().flat_map(|x| half::f16::from_f32(*x).to_le_bytes());
            Tensor::numbers(data_type(float), shape, bytes.collect::<Vec<u8>>())
        }
    }
}

/// The type of halves and singles as a file has it.
pub(crate) fn data_type(float: Float) -> DataType {
    match float {
        Float::F32 => DataType::FLOAT,
        Float::F16 => DataType::FLOAT16,
    }
}
