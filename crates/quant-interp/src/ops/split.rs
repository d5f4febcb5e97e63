//! SPLIT: equal parts along an axis; input 0 is the axis.

use super::concatenation::resolve;
use super::support::places;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::SPLIT,
    name: "Split",
    inputs: (2, 2),
    shape,
    eval,
};

fn axis(call: &Call<'_>) -> Result<usize> {
    resolve(call.int(0)?, call.input(1)?.shape.len(), &call.place())
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let axis = axis(call)?;
    let mut shape = call.input(1)?.shape.clone();
    let parts = call.op.outputs.len();
    if parts == 0 || shape[axis] % parts != 0 {
        return Err(Error::new(
            call.place(),
            Problem::Count(format!("{parts} parts of {} elements", shape[axis])),
            "split into equal parts",
        ));
    }
    shape[axis] /= parts;
    Ok(vec![shape; parts])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let axis = axis(call)?;
    let shapes = shape(call)?;
    let value = call.input(1)?;
    let parts = shapes.into_iter().enumerate();
    Ok(parts
        .map(|(n, shape)| places::part(value, axis, n * shape[axis], shape))
        .collect())
}
