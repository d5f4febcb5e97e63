//! MATRIX_DIAG: for each row of the last dimension a square matrix of zeros with the row on its diagonal.

use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::MATRIX_DIAG,
    name: "MatrixDiag",
    inputs: (1, 1),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let mut shape = call.input(0)?.shape.clone();
    let size = *shape.last().ok_or_else(|| {
        Error::new(
            call.place(),
            Problem::Shape("input 0 is a scalar".into()),
            "give a value of one dimension or more",
        )
    })?;
    shape.push(size);
    Ok(vec![shape])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (value, shape) = (call.input(0)?, shape(call)?.swap_remove(0));
    let size = value.shape.last().copied().unwrap_or(0);
    let of = |at: usize| {
        let (row, column) = (at / size % size, at % size);
        (row == column).then(|| at / (size * size) * size + row)
    };
    let data = value.data.gather_or_zero((0..shape.iter().product()).map(of));
    Ok(vec![Value { shape, data }])
}
