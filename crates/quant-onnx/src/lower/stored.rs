//! Constants and types as a model has them.

use quant_ir::{DType, Error, Problem, Result, TensorId};
use quant_lower::Builder;

use crate::data_type::DataType;
use crate::tensor::Tensor;
use quant_protobuf::array::Elements;

/// A constant in the model; floats of 16 and 64 bits are floats of 32 there.
pub(super) fn constant(builder: &mut Builder, name: &str, tensor: Tensor) -> Result<TensorId> {
    let data_type = tensor.data_type;
    let narrow = matches!(
        data_type,
        DataType::FLOAT16 | DataType::BFLOAT16 | DataType::DOUBLE
    );
    if narrow && let Some(floats) = tensor.to_floats() {
        let bytes: Vec<u8> = floats.iter().flat_map(|value| value.to_le_bytes()).collect();
        return builder.constant(name, DType::Float32, &tensor.shape, bytes.into());
    }
    if let (Some(dtype), Elements::Numbers(bytes)) = (dtype(data_type), tensor.elements) {
        return builder.constant(name, dtype, &tensor.shape, bytes);
    }
    let problem = Problem::UnsupportedType(format!("a constant of {data_type}"));
    Err(Error::new("", problem, "numbers and bools are lowered"))
}

/// The type of a value in the model.
pub(super) fn dtype(data_type: DataType) -> Option<DType> {
    match data_type {
        DataType::FLOAT16 | DataType::BFLOAT16 | DataType::DOUBLE => Some(DType::Float32),
        DataType::STRING => None,
        other => other.dtype(),
    }
}
