//! EMBEDDING_LOOKUP: rows of a table (input 1) at the indices of input 0.

use super::support::places;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::EMBEDDING_LOOKUP,
    name: "EmbeddingLookup",
    inputs: (2, 2),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let (ids, table) = (call.input(0)?, call.input(1)?);
    match (ids.shape.as_slice(), table.shape.as_slice()) {
        (&[count], [_, row @ ..]) if !row.is_empty() => Ok(vec![[&[count], row].concat()]),
        _ => Err(Error::new(
            call.place(),
            Problem::Shape(format!(
                "indices of shape {:?} into a table of shape {:?}",
                ids.shape, table.shape
            )),
            "give a list of indices and a table of rows",
        )),
    }
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (table, shape) = (call.input(1)?, shape(call)?.swap_remove(0));
    let mut rows = Vec::new();
    for index in call.ints(0)? {
        rows.push(places::index(index, table.shape[0], &call.place())?);
    }
    let strides = places::strides(&table.shape);
    let places = places::cross(&shape, |at, i| strides[at] * if at == 0 { rows[i] } else { i });
    Ok(vec![places::moved(table, shape, places)])
}
