//! BATCH_TO_SPACE_ND: batches laid out as blocks (input 1) of the spatial dimensions, then cropped (input 2).

use super::support::places;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::BATCH_TO_SPACE_ND,
    name: "BatchToSpaceND",
    inputs: (3, 3),
    shape,
    eval,
};

/// For each spatial dimension its block, and what is cropped from it before and after.
fn blocks(call: &Call<'_>) -> Result<Vec<(usize, usize, usize)>> {
    let (dims, place) = (&call.input(0)?.shape, call.place());
    let sizes = places::dims(&call.ints(1)?, &place)?;
    let edges = places::dims(&call.ints(2)?, &place)?;
    if dims.len() <= sizes.len() || edges.len() != 2 * sizes.len() || sizes.contains(&0) {
        return Err(Error::new(
            place,
            Problem::Operand(format!("blocks {sizes:?} and crops {edges:?} of shape {dims:?}")),
            "give each dimension after the first a positive block and two edges",
        ));
    }
    let pairs = edges.chunks_exact(2).zip(sizes);
    Ok(pairs.map(|(edge, block)| (block, edge[0], edge[1])).collect())
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let mut shape = call.input(0)?.shape.clone();
    for (at, (block, before, after)) in blocks(call)?.into_iter().enumerate() {
        let size = shape[at + 1].checked_mul(block);
        let size = places::checked(size, &call.place())?;
        let size = size.checked_sub(before).and_then(|size| size.checked_sub(after));
        let (Some(size), 0) = (size, shape[0] % block) else {
            return Err(Error::new(
                call.place(),
                Problem::Operand(format!(
                    "blocks of {block} cropped by {before} and {after} of shape {:?}",
                    call.input(0)?.shape
                )),
                "make the batches a multiple of the blocks, and crop no more than there is",
            ));
        };
        shape[0] /= block;
        shape[at + 1] = size;
    }
    Ok(vec![shape])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (value, shape, blocks) = (call.input(0)?, shape(call)?.swap_remove(0), blocks(call)?);
    let strides = places::strides(&value.shape);
    // How far the next cell of a block is: so many batches on.
    let mut cells = vec![0usize; blocks.len()];
    let mut cell = shape[0].wrapping_mul(strides[0]);
    for (at, (block, _, _)) in blocks.iter().enumerate().rev() {
        cells[at] = cell;
        cell = cell.wrapping_mul(*block);
    }
    let places = places::cross(&shape, |at, i| {
        let spatial = at.checked_sub(1).and_then(|n| Some((blocks.get(n)?, cells[n])));
        spatial.map_or(i * strides[at], |((block, before, _), cell)| {
            (i + before) / block * strides[at] + (i + before) % block * cell
        })
    });
    Ok(vec![places::moved(value, shape, places)])
}
