//! Constants that Ascend's operators read.

use quant_tensorflow::{DataType, Elements, Tensor};

/// A tensor of int8.
pub(super) fn int8(shape: &[usize], values: &[i8]) -> Tensor {
    let bytes: Vec<u8> = values.iter().map(|x| x.to_le_bytes()[0]).collect();
    of(DataType::INT8, shape, bytes)
}

/// A tensor of uint64.
pub(super) fn uint64(shape: &[usize], values: &[u64]) -> Tensor {
    let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
    of(DataType::UINT64, shape, bytes)
}

fn of(data_type: DataType, shape: &[usize], bytes: Vec<u8>) -> Tensor {
    Tensor {
        data_type,
        shape: shape.to_vec(),
        elements: Elements::Numbers(bytes.into()),
    }
}
