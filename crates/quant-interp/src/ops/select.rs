//! SELECT: elements of x where the condition holds, else of y; a condition of rank 1 chooses rows.

use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::SELECT,
    name: "Select",
    inputs: (3, 3),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    if let Some(shape) = elementwise::choice_of_one(call)? {
        return Ok(vec![shape]);
    }
    let (condition, x, y) = (call.input(0)?, call.input(1)?, call.input(2)?);
    let fits = match condition.shape.as_slice() {
        [] => true,
        [rows] if x.shape.first() == Some(rows) => true,
        all => all == x.shape,
    };
    if fits && x.shape == y.shape {
        return Ok(vec![x.shape.clone()]);
    }
    Err(Error::new(
        call.place(),
        Problem::Shape(format!(
            "shapes {:?}, {:?} and {:?} do not fit",
            condition.shape, x.shape, y.shape
        )),
        "give both choices one shape, and a condition of that shape, of its rows, or a scalar",
    ))
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (condition, x) = (call.input(0)?, call.input(1)?);
    let mut shape = condition.shape.clone();
    // One condition for each row, or one for all.
    if shape.len() < x.shape.len() {
        shape.resize(x.shape.len(), 1);
    }
    elementwise::choose(call, &shape, &self::shape(call)?.swap_remove(0))
}
