//! SPACE_TO_BATCH_ND: the padded (input 2) spatial dimensions cut into blocks (input 1), whose cells become batches.

use super::support::places;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::SPACE_TO_BATCH_ND,
    name: "SpaceToBatchND",
    inputs: (3, 3),
    shape,
    eval,
};

/// For each spatial dimension its block, and what is padded to it before and after.
fn blocks(call: &Call<'_>) -> Result<Vec<(usize, usize, usize)>> {
    let (dims, place) = (&call.input(0)?.shape, call.place());
    let sizes = places::dims(&call.ints(1)?, &place)?;
    let edges = places::dims(&call.ints(2)?, &place)?;
    if dims.len() <= sizes.len() || edges.len() != 2 * sizes.len() || sizes.contains(&0) {
        return Err(Error::new(
            place,
            Problem::Operand(format!(
                "blocks {sizes:?} and paddings {edges:?} of shape {dims:?}"
            )),
            "give each dimension after the first a positive block and two edges",
        ));
    }
    let pairs = edges.chunks_exact(2).zip(sizes);
    Ok(pairs.map(|(edge, block)| (block, edge[0], edge[1])).collect())
}

/// The shapes with paddings, and of the output.
fn shapes(call: &Call<'_>) -> Result<(Vec<usize>, Vec<usize>)> {
    let place = call.place();
    let mut padded = call.input(0)?.shape.clone();
    let mut shape = padded.clone();
    for (at, (block, before, after)) in blocks(call)?.into_iter().enumerate() {
        let size = padded[at + 1]
            .checked_add(before)
            .and_then(|size| size.checked_add(after));
        padded[at + 1] = places::checked(size, &place)?;
        if !padded[at + 1].is_multiple_of(block) {
            return Err(Error::new(
                place,
                Problem::Operand(format!(
                    "blocks of {block} of a padded dimension of {}",
                    padded[at + 1]
                )),
                "pad to a multiple of the block",
            ));
        }
        shape[0] = places::checked(shape[0].checked_mul(block), &place)?;
        shape[at + 1] = padded[at + 1] / block;
    }
    Ok((padded, shape))
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    Ok(vec![shapes(call)?.1])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (value, blocks, (padded, shape)) = (call.input(0)?, blocks(call)?, shapes(call)?);
    let (from, to) = (places::strides(&value.shape), places::strides(&padded));
    let inside = places::cross_open(&padded, |at, i| {
        let before = at
            .checked_sub(1)
            .and_then(|n| blocks.get(n))
            .map_or(0, |block| block.1);
        let i = i.checked_sub(before).filter(|i| *i < value.shape[at])?;
        Some(i * from[at])
    });
    // The output as [cell in block …, batch, block …, rest …].
    let cells = blocks.iter().enumerate().map(|(at, block)| (block.0, to[at + 1]));
    let kept = (0..shape.len()).map(|at| match at.checked_sub(1).and_then(|n| blocks.get(n)) {
        Some((block, _, _)) => (shape[at], to[at].wrapping_mul(*block)),
        None => (padded[at], to[at]),
    });
    let (view, strides): (Vec<usize>, Vec<usize>) = cells.chain(kept).unzip();
    let places = places::cross(&view, |at, i| i * strides[at]);
    let data = value.data.gather_or_zero(places.into_iter().map(|at| inside[at]));
    Ok(vec![Value { shape, data }])
}
