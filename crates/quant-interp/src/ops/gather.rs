//! GATHER: slices of a value along an axis, at the indices of input 1.

use super::concatenation::resolve;
use super::support::{options, places};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::GATHER,
    name: "Gather",
    inputs: (2, 2),
    shape,
    eval,
};

/// The axis and the number of leading dimensions that value and indices share.
fn axis(call: &Call<'_>) -> Result<(usize, usize)> {
    let options = options::read!(call, GatherOptions);
    let (dims, indices) = (&call.input(0)?.shape, &call.input(1)?.shape);
    let axis = resolve(options.axis.into(), dims.len(), &call.place())?;
    let batch = resolve(options.batch_dims.into(), indices.len() + 1, &call.place());
    let from_end = usize::from(options.batch_dims < 0);
    let batch = batch?
        .checked_sub(from_end)
        .filter(|batch| *batch <= axis && dims.get(..*batch) == indices.get(..*batch));
    let batch = batch.ok_or_else(|| {
        Error::new(
            call.place(),
            Problem::Option(format!(
                "{} batch dimensions of shape {dims:?} with indices {indices:?} and axis {axis}",
                options.batch_dims
            )),
            "make the batch dimensions equal, and no more than the axis",
        )
    })?;
    Ok((axis, batch))
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let (axis, batch) = axis(call)?;
    let (dims, indices) = (&call.input(0)?.shape, &call.input(1)?.shape);
    Ok(vec![
        [&dims[..axis], &indices[batch..], &dims[axis + 1..]].concat(),
    ])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (axis, batch) = axis(call)?;
    let (value, shape) = (call.input(0)?, shape(call)?.swap_remove(0));
    let dims = &value.shape;
    let mut places = Vec::new();
    let indices = call.ints(1)?;
    for index in &indices {
        places::index(*index, dims[axis], &call.place())?;
    }
    if !shape.contains(&0) {
        let size = |dims: &[usize]| dims.iter().product::<usize>();
        let (outer, inner) = (size(&dims[batch..axis]), size(&dims[axis + 1..]));
        let count = size(&call.input(1)?.shape[batch..]);
        places.reserve(size(&shape));
        for (at, indices) in indices.chunks_exact(count).enumerate() {
            for row in at * outer..(at + 1) * outer {
                for index in indices {
                    let from = (row * dims[axis] + *index as usize) * inner;
                    places.extend(from..from + inner);
                }
            }
        }
    }
    Ok(vec![places::moved(value, shape, places)])
}
