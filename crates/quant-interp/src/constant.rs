//! Constants as values.

use std::borrow::Cow;

use half::f16;

use super::sparse;
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::value::{Data, Value};
use quant_ir::{DType, Model, Tensor};

/// A constant's value, dense also where it is stored sparse, and in int8 where its integers are of fewer bits; `None` for
/// activations.
///
/// # Errors
/// The buffer's size does not fit type and shape, or the type has no values here.
pub fn constant(model: &Model, tensor: &Tensor) -> Result<Option<Value>> {
    // Piece by piece, so that a mapped file does not stay in memory beside the values.
    if tensor.dtype == DType::Float32
        && tensor.sparsity.is_none()
        && let Some(data) = model.f32_data(tensor).filter(|data| !data.is_empty())
    {
        let shape = tensor.shape.iter().map(|d| *d as usize).collect();
        return Ok(Some(Value::f32(shape, data)));
    }
    let place = || Place::tensor("constant", &tensor.name);
    let shape: Option<Vec<usize>> = tensor.shape.iter().map(|d| usize::try_from(*d).ok()).collect();
    let bytes = match (model.data(tensor), &tensor.sparsity, &shape, tensor.dtype.size()) {
        (stored, Some(sparsity), Some(shape), Some(size)) => {
            let stored = stored.unwrap_or_default();
            Cow::Owned(sparse::dense(&place(), shape, size, &stored, sparsity.get())?)
        }
        (Some(bytes), ..) => bytes,
        (None, ..) => return Ok(None),
    };
    let wanted = tensor.elements().and_then(|n| tensor.dtype.bytes(n));
    let (Some(shape), true) = (shape, wanted.is_none() || wanted == Some(bytes.len())) else {
        return Err(Error::new(
            place(),
            Problem::Count(format!(
                "{} bytes do not fill {} of shape {:?}",
                bytes.len(),
                tensor.dtype,
                tensor.shape
            )),
            "write the model again",
        ));
    };
    let data = match tensor.dtype {
        DType::Float32 => Data::F32(
            bytes
                .as_chunks()
                .0
                .iter()
                .map(|b| f32::from_le_bytes(*b))
                .collect(),
        ),
        DType::Float16 => Data::F16(
            bytes
                .as_chunks()
                .0
                .iter()
                .map(|b| f16::from_le_bytes(*b))
                .collect(),
        ),
        DType::Int32 => Data::I32(
            bytes
                .as_chunks()
                .0
                .iter()
                .map(|b| i32::from_le_bytes(*b))
                .collect(),
        ),
        DType::Int64 => Data::I64(
            bytes
                .as_chunks()
                .0
                .iter()
                .map(|b| i64::from_le_bytes(*b))
                .collect(),
        ),
        DType::Int16 => Data::I16(
            bytes
                .as_chunks()
                .0
                .iter()
                .map(|b| i16::from_le_bytes(*b))
                .collect(),
        ),
        DType::Int8 => Data::I8(bytes.iter().map(|b| b.cast_signed()).collect()),
        DType::Uint8 => Data::U8(bytes.to_vec()),
        DType::Bool => Data::Bool(bytes.iter().map(|b| *b != 0).collect()),
        DType::Complex64 => {
            let parts = bytes.as_chunks().0.iter().map(|b| f32::from_le_bytes(*b));
            Data::C64(parts.collect::<Vec<f32>>().as_chunks().0.to_vec())
        }
        packed if packed.is_packed() && tensor.sparsity.is_none() => {
            let mut integers = packed.unpack(&bytes).unwrap_or_default();
            integers.truncate(shape.iter().product());
            Data::I8(integers)
        }
        other => {
            return Err(Error::new(
                place(),
                Problem::UnsupportedType(format!("{other} has no values in the interpreter")),
                "start from a float32 model",
            ));
        }
    };
    Ok(Some(Value { shape, data }))
}
