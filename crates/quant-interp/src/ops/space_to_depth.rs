//! SPACE_TO_DEPTH: blocks of an image laid out as channels.

use super::support::{options, places};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::SPACE_TO_DEPTH,
    name: "SpaceToDepth",
    inputs: (1, 1),
    shape,
    eval,
};

/// The shape of input 0, an image, and the block size.
fn block(call: &Call<'_>) -> Result<([usize; 4], usize)> {
    let block = options::read!(call, SpaceToDepthOptions).block_size;
    let shape = &call.input(0)?.shape;
    let block = usize::try_from(block).unwrap_or(0);
    match shape.as_slice() {
        &[n, h, w, c] if block > 0 && h % block == 0 && w % block == 0 => Ok(([n, h, w, c], block)),
        _ => Err(Error::new(
            call.place(),
            Problem::Option(format!("blocks of {block} of shape {shape:?}")),
            "give an image whose rows and columns are multiples of the block",
        )),
    }
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let ([n, h, w, c], block) = block(call)?;
    let depth = block.checked_mul(block).and_then(|cells| cells.checked_mul(c));
    let depth = places::checked(depth, &call.place())?;
    Ok(vec![vec![n, h / block, w / block, depth]])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = shape(call)?.swap_remove(0);
    let ([n, h, w, c], block) = block(call)?;
    // The output as [batch, row, column, row in block, column in block, channel].
    let view = [n, h / block, w / block, block, block, c];
    let row = w.wrapping_mul(c);
    let steps = [
        h.wrapping_mul(row),
        row.wrapping_mul(block),
        c.wrapping_mul(block),
        row,
        c,
        1,
    ];
    let places = places::cross(&view, |at, i| i * steps[at]);
    Ok(vec![places::moved(call.input(0)?, shape, places)])
}
