//! MATRIX_SET_DIAG: matrices (the last two dimensions of input 0) with another diagonal each (input 1).

use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::MATRIX_SET_DIAG,
    name: "MatrixSetDiag",
    inputs: (2, 2),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let (shape, diagonal) = (&call.input(0)?.shape, &call.input(1)?.shape);
    if let [batch @ .., rows, columns] = shape.as_slice()
        && let [others @ .., size] = diagonal.as_slice()
        && batch == others
        && size == rows.min(columns)
    {
        return Ok(vec![shape.clone()]);
    }
    Err(Error::new(
        call.place(),
        Problem::Shape(format!(
            "diagonals of shape {diagonal:?} for matrices of shape {shape:?}"
        )),
        "give [..., rows, columns], and diagonals [..., the smaller of both]",
    ))
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = shape(call)?.swap_remove(0);
    let (value, diagonal) = (call.input(0)?, call.input(1)?);
    let both = value.data.clone().concat(diagonal.data.clone());
    let both = both.ok_or_else(|| elementwise::wrong_type(call, "two inputs of one type"))?;
    let (rows, columns) = (shape[shape.len() - 2], shape[shape.len() - 1]);
    let of = |at: usize| {
        let (row, column) = (at / columns % rows, at % columns);
        if row == column {
            value.len() + at / (rows * columns) * rows.min(columns) + row
        } else {
            at
        }
    };
    let data = both.gather((0..value.len()).map(of));
    Ok(vec![Value { shape, data }])
}
