//! REVERSE_SEQUENCE: the first elements along an axis from back to front; input 1 says how many, for each batch.

use super::concatenation::resolve;
use super::support::{options, places};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::REVERSE_SEQUENCE,
    name: "ReverseSequence",
    inputs: (2, 2),
    shape,
    eval,
};

/// The axis along which elements are reversed, that of batches, and how many elements for each batch.
fn lengths(call: &Call<'_>) -> Result<(usize, usize, Vec<usize>)> {
    let options = options::read!(call, ReverseSequenceOptions);
    let dims = &call.input(0)?.shape;
    let sequence = resolve(options.seq_dim.into(), dims.len(), &call.place())?;
    let batch = resolve(options.batch_dim.into(), dims.len(), &call.place())?;
    let lengths = places::dims(&call.ints(1)?, &call.place())?;
    let long = lengths.iter().any(|length| *length > dims[sequence]);
    if sequence == batch || lengths.len() != dims[batch] || long {
        return Err(Error::new(
            call.place(),
            Problem::Operand(format!(
                "lengths {lengths:?} along axis {sequence} for axis {batch} of shape {dims:?}"
            )),
            "give each batch a length within the other axis",
        ));
    }
    Ok((sequence, batch, lengths))
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    lengths(call)?;
    Ok(vec![call.input(0)?.shape.clone()])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    let (sequence, batch, lengths) = lengths(call)?;
    let (dims, strides) = (&value.shape, places::strides(&value.shape));
    let source = |place: usize| {
        let length = lengths[place / strides[batch] % dims[batch]];
        let at = place / strides[sequence] % dims[sequence];
        if at < length {
            place - at * strides[sequence] + (length - 1 - at) * strides[sequence]
        } else {
            place
        }
    };
    let places = (0..value.len()).map(source).collect();
    Ok(vec![places::moved(value, dims.clone(), places)])
}
