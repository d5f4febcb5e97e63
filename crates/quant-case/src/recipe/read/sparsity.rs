//! Sparse storage that a recipe spells out: `sparsity { … }`.

use super::scalar::{bad, dims, int32, message, unknown, word};
use crate::recipe::{Indices, RecipeError, SparseDim, Sparsity};
use crate::textproto::Field;

/// Types of the lists of a sparse dimension; the first is none at all.
const LISTS: [&str; 4] = ["SparseIdxVecType_NONE", "INT32VEC", "UINT16VEC", "UINT8VEC"];

/// Reads how a constant is stored.
pub(super) fn sparsity(field: &Field) -> Result<Sparsity, RecipeError> {
    let mut sparsity = Sparsity::default();
    for field in message(field)? {
        match field.name.as_str() {
            "traversal_order" => sparsity.traversal_order = dims(field, "an order")?,
            "block_map" => sparsity.block_map = dims(field, "a map")?,
            "dim_metadata" => sparsity.dims.push(dimension(field)?),
            _ => {
                let known = ["traversal_order", "block_map", "dim_metadata"];
                return Err(unknown(field, "sparsity", &known));
            }
        }
    }
    Ok(sparsity)
}

fn dimension(field: &Field) -> Result<SparseDim, RecipeError> {
    let (mut dense, mut size) = (true, 0);
    let (mut segments, mut indices) = (Indices::None, Indices::None);
    for field in message(field)? {
        match field.name.as_str() {
            "format" => dense = word(field, &["DENSE", "SPARSE_CSR"])? == "DENSE",
            "dense_size" => size = int32(field, "a size")?,
            "array_segments" => segments = list(field)?,
            "array_indices" => indices = list(field)?,
            _ => {
                let known = ["format", "dense_size", "array_segments", "array_indices"];
                return Err(unknown(field, "a dimension", &known));
            }
        }
    }
    Ok(if dense {
        SparseDim::Dense(size)
    } else {
        SparseDim::Csr { segments, indices }
    })
}

fn list(field: &Field) -> Result<Indices, RecipeError> {
    let (mut numbers, mut kind) = (Vec::new(), LISTS[0].to_owned());
    for field in message(field)? {
        match field.name.as_str() {
            "dim" => numbers.push(int32(field, "an index")?),
            "type" => kind = word(field, &LISTS)?,
            _ => return Err(unknown(field, "a list of indices", &["dim", "type"])),
        }
    }
    let narrow = || bad(field, "numbers of its type");
    Ok(match kind.as_str() {
        "INT32VEC" => Indices::Int32(numbers),
        "UINT16VEC" => Indices::Uint16(all(numbers).ok_or_else(narrow)?),
        "UINT8VEC" => Indices::Uint8(all(numbers).ok_or_else(narrow)?),
        _ => Indices::None,
    })
}

fn all<T: TryFrom<i32>>(numbers: Vec<i32>) -> Option<Vec<T>> {
    numbers
        .into_iter()
        .map(|number| T::try_from(number).ok())
        .collect()
}
