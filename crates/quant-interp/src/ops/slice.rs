//! SLICE: a block of a value; input 1 is where it begins, input 2 its size (−1 is up to the end).

use super::support::places;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::SLICE,
    name: "Slice",
    inputs: (3, 3),
    shape,
    eval,
};

fn block(call: &Call<'_>) -> Result<Vec<(usize, usize)>> {
    let dims = &call.input(0)?.shape;
    let (begin, size) = (call.ints(1)?, call.ints(2)?);
    let ranges = dims
        .iter()
        .zip(begin.iter().zip(&size))
        .map(|(dim, (begin, size))| {
            let begin = usize::try_from(*begin).ok()?;
            let room = dim.checked_sub(begin)?;
            let size = if *size == -1 {
                room
            } else {
                usize::try_from(*size).ok()?
            };
            (size <= room).then_some((begin, size))
        });
    let ranges: Option<Vec<_>> = ranges.collect();
    ranges
        .filter(|_| begin.len() == dims.len() && size.len() == dims.len())
        .ok_or_else(|| {
            Error::new(
                call.place(),
                Problem::Operand(format!(
                    "begin {begin:?} and size {size:?} are no block of shape {dims:?}"
                )),
                "give begin and size for each dimension, within it",
            )
        })
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    Ok(vec![block(call)?.into_iter().map(|(_, size)| size).collect()])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (value, block) = (call.input(0)?, block(call)?);
    let strides = places::strides(&value.shape);
    let shape: Vec<usize> = block.iter().map(|(_, size)| *size).collect();
    let places = places::cross(&shape, |at, i| (block[at].0 + i) * strides[at]);
    Ok(vec![places::moved(value, shape, places)])
}
