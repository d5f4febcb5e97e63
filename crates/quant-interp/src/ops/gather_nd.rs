//! GATHER_ND: slices of a value; each row of input 1 has the leading indices of one.

use super::support::places;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::GATHER_ND,
    name: "GatherNd",
    inputs: (2, 2),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let (dims, indices) = (&call.input(0)?.shape, &call.input(1)?.shape);
    match indices.split_last() {
        Some((depth, rows)) if *depth <= dims.len() => Ok(vec![[rows, &dims[*depth..]].concat()]),
        _ => Err(Error::new(
            call.place(),
            Problem::Shape(format!("indices of shape {indices:?} into shape {dims:?}")),
            "give rows of no more indices than the value has dimensions",
        )),
    }
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (value, shape) = (call.input(0)?, shape(call)?.swap_remove(0));
    let depth = call.input(1)?.shape.last().copied().unwrap_or(0);
    let indices = call.ints(1)?;
    let mut places = Vec::new();
    if !shape.contains(&0) {
        let strides = places::strides(&value.shape);
        let rows: usize = shape[..shape.len() + depth - value.shape.len()].iter().product();
        let size: usize = value.shape[depth..].iter().product();
        places.reserve(rows * size);
        for row in 0..rows {
            let mut from = 0;
            for (at, index) in indices[row * depth..(row + 1) * depth].iter().enumerate() {
                from += places::index(*index, value.shape[at], &call.place())? * strides[at];
            }
            places.extend(from..from + size);
        }
    }
    Ok(vec![places::moved(value, shape, places)])
}
