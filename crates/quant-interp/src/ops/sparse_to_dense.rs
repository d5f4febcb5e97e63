//! SPARSE_TO_DENSE: a value filled with input 3, and at the places that input 0 names the elements of input 2; input 1 is its
//! shape.
//!
//! Places are rows of indices, one index each, or one index; an element for each place, or one for all. The last of several
//! elements of one place stays.

use super::support::{elementwise, places};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::SPARSE_TO_DENSE,
    name: "SparseToDense",
    inputs: (4, 4),
    shape: |call| {
        let shape = places::dims(&call.ints(1)?, &call.place())?;
        rows(call, &shape)?;
        Ok(vec![shape])
    },
    eval,
};

/// The number of places.
fn rows(call: &Call<'_>, shape: &[usize]) -> Result<usize> {
    let (indices, values) = (call.input(0)?, call.input(2)?);
    let (rows, depth) = match *indices.shape.as_slice() {
        [] => (1, 1),
        [rows] => (rows, 1),
        [rows, depth] => (rows, depth),
        _ => (0, 0),
    };
    let each = values.shape.is_empty() || values.shape.len() == 1 && values.len() == rows;
    if depth == shape.len()
        && depth > 0
        && call.input(1)?.shape.len() == 1
        && each
        && call.input(3)?.len() == 1
    {
        return Ok(rows);
    }
    Err(Error::new(
        call.place(),
        Problem::Shape(format!(
            "indices of shape {:?}, values {:?} and default {:?} into shape {shape:?}",
            indices.shape,
            values.shape,
            call.input(3)?.shape
        )),
        "give rows of as many indices as there are dimensions, a value a row or one for all, and one default",
    ))
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = places::dims(&call.ints(1)?, &call.place())?;
    let rows = rows(call, &shape)?;
    let (values, default) = (call.input(2)?, call.input(3)?);
    let both = values.data.clone().concat(default.data.clone());
    let both = both.ok_or_else(|| elementwise::wrong_type(call, "values and a default of one type"))?;
    let (strides, place) = (places::strides(&shape), call.place());
    // For each element of the output, which of the values and the default it is.
    let mut chosen = vec![values.len(); shape.iter().product()];
    for (row, indices) in call.ints(0)?.chunks_exact(shape.len()).enumerate().take(rows) {
        let mut at = 0;
        for (dimension, index) in indices.iter().enumerate() {
            at += places::index(*index, shape[dimension], &place)? * strides[dimension];
        }
        chosen[at] = if values.shape.is_empty() { 0 } else { row };
    }
    let data = both.gather(chosen);
    Ok(vec![Value { shape, data }])
}
