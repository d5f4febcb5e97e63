//! DYNAMIC_UPDATE_SLICE: a value with a block of it replaced by input 1; input 2 says where the block begins.

use super::support::places;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::DYNAMIC_UPDATE_SLICE,
    name: "DynamicUpdateSlice",
    inputs: (3, 3),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let (value, block) = (&call.input(0)?.shape, &call.input(1)?.shape);
    let begin = &call.input(2)?.shape;
    let fits = value.len() == block.len() && block.iter().zip(value).all(|(block, value)| block <= value);
    if fits && *begin == [value.len()] {
        return Ok(vec![value.clone()]);
    }
    Err(Error::new(
        call.place(),
        Problem::Shape(format!(
            "a block of shape {block:?} at a place of shape {begin:?} into shape {value:?}"
        )),
        "give a block of the same rank that is no larger, and one start for each dimension",
    ))
}

/// A start that would let the block reach beyond the value is moved back, one below 0 is 0.
fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = shape(call)?.swap_remove(0);
    let (value, block) = (call.input(0)?, call.input(1)?);
    let room = shape.iter().zip(&block.shape).map(|(value, block)| value - block);
    let begin: Vec<usize> = room
        .zip(call.ints(2)?)
        .map(|(room, start)| usize::try_from(start.max(0)).map_or(room, |start| start.min(room)))
        .collect();
    let strides = places::strides(&block.shape);
    let inside = places::cross_open(&shape, |at, i| {
        let at_block = i.checked_sub(begin[at]).filter(|i| *i < block.shape[at]);
        at_block.map(|i| i * strides[at])
    });
    // The elements of the block stand behind those of the value.
    let from = inside.into_iter().enumerate();
    let from = from.map(|(own, block)| block.map_or(own, |at| value.len() + at));
    let both = value.data.clone().concat(block.data.clone()).ok_or_else(|| {
        Error::new(
            call.place(),
            Problem::Type(format!("a block of {} into {}", block.dtype(), value.dtype())),
            "give both one type",
        )
    })?;
    let data = both.gather(from);
    Ok(vec![Value { shape, data }])
}
