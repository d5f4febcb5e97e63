//! The elements of a constant, as numbers that others read.

use std::borrow::Cow;

use quant_core::ir::{DType, Model, Tensor};
use quant_core::{Error, Place, Problem, Result, interp};
use quant_hdf5::{Array, Type};

/// The elements of a constant in its shape; `None` for a tensor without values.
///
/// Four-bit integers become a byte each. Types without numbers here (texts, blocks of several elements) are their
/// bytes, in one row.
///
/// # Errors
/// Elements that do not fit the shape.
pub fn elements<'a>(model: &'a Model, tensor: &Tensor) -> Result<Option<Array<'a>>> {
    let Some(bytes) = bytes(model, tensor)? else {
        return Ok(None);
    };
    let shape: Option<Vec<u64>> = tensor.shape.iter().map(|d| u64::try_from(*d).ok()).collect();
    let place = || Place::tensor("tensor", &tensor.name);
    let shape = shape.ok_or_else(|| {
        let what = format!("a constant of shape {:?}", tensor.shape);
        Error::new(place(), Problem::Shape(what), "fix the model")
    })?;
    let count = shape
        .iter()
        .try_fold(1_u64, |n, d| n.checked_mul(*d))
        .and_then(|n| usize::try_from(n).ok());
    let Some(dtype) = dtype(tensor.dtype) else {
        return Ok(Some(Array {
            dtype: Type::Uint(1),
            shape: vec![bytes.len() as u64],
            bytes,
        }));
    };
    let bytes = match tensor.dtype {
        packed if packed.is_packed() => {
            let mut values = packed.unpack(&bytes).unwrap_or_default();
            values.truncate(count.unwrap_or(0));
            values
                .into_iter()
                .map(i8::cast_unsigned)
                .collect::<Vec<u8>>()
                .into()
        }
        _ => bytes,
    };
    let size = count
        .zip(dtype.size())
        .and_then(|(count, size)| count.checked_mul(size));
    if size != Some(bytes.len()) {
        let what = format!(
            "{} bytes do not fit {} of shape {:?}",
            bytes.len(),
            tensor.dtype,
            tensor.shape
        );
        return Err(Error::new(place(), Problem::Shape(what), "fix the model"));
    }
    Ok(Some(Array { dtype, shape, bytes }))
}

/// The bytes of a constant; those of a sparse one with its zeros.
fn bytes<'a>(model: &'a Model, tensor: &Tensor) -> Result<Option<Cow<'a, [u8]>>> {
    if tensor.sparsity.is_none() {
        return Ok(model.data(tensor));
    }
    let value = interp::constant(model, tensor)?;
    Ok(value.map(|value| Cow::Owned(value.to_le_bytes())))
}

/// HDF5's type for a tensor's.
fn dtype(dtype: DType) -> Option<Type> {
    Some(match dtype {
        DType::Float16 => Type::Float(2),
        DType::Float32 => Type::Float(4),
        DType::Float64 => Type::Float(8),
        DType::Int8 | DType::Int4 | DType::Int2 => Type::Int(1),
        DType::Int16 => Type::Int(2),
        DType::Int32 => Type::Int(4),
        DType::Int64 => Type::Int(8),
        DType::Uint8 | DType::Uint4 => Type::Uint(1),
        DType::Uint16 => Type::Uint(2),
        DType::Uint32 => Type::Uint(4),
        DType::Uint64 => Type::Uint(8),
        DType::Bool => Type::Bool,
        _ => return None,
    })
}
