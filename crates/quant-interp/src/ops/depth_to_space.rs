//! DEPTH_TO_SPACE: channels laid out as blocks of an image.

use super::support::{options, places};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::DEPTH_TO_SPACE,
    name: "DepthToSpace",
    inputs: (1, 1),
    shape,
    eval,
};

/// The shape of input 0, an image, and the block size.
fn block(call: &Call<'_>) -> Result<([usize; 4], usize)> {
    let block = options::read!(call, DepthToSpaceOptions).block_size;
    let shape = &call.input(0)?.shape;
    let block = usize::try_from(block).unwrap_or(0);
    match shape.as_slice() {
        &[n, h, w, c] if block > 0 && block.checked_mul(block).is_some_and(|cells| c % cells == 0) => {
            Ok(([n, h, w, c], block))
        }
        _ => Err(Error::new(
            call.place(),
            Problem::Option(format!("blocks of {block} of shape {shape:?}")),
            "give an image whose channels are a multiple of block · block",
        )),
    }
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let ([n, h, w, c], block) = block(call)?;
    let size = |dim: usize| places::checked(dim.checked_mul(block), &call.place());
    Ok(vec![vec![n, size(h)?, size(w)?, c / (block * block)]])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = shape(call)?.swap_remove(0);
    let ([n, h, w, c], block) = block(call)?;
    let depth = shape[3];
    // The output as [batch, row, row in block, column, column in block, channel].
    let view = [n, h, block, w, block, depth];
    let row = w.wrapping_mul(c);
    let steps = [h.wrapping_mul(row), row, block * depth, c, depth, 1];
    let places = places::cross(&view, |at, i| i * steps[at]);
    Ok(vec![places::moved(call.input(0)?, shape, places)])
}
