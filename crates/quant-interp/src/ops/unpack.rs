//! UNPACK: the slices along a dimension, which goes away.

use super::concatenation::resolve;
use super::support::{options, places};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::UNPACK,
    name: "Unpack",
    inputs: (1, 1),
    shape,
    eval,
};

fn axis(call: &Call<'_>) -> Result<usize> {
    let axis = options::read!(call, UnpackOptions).axis;
    resolve(axis.into(), call.input(0)?.shape.len(), &call.place())
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let mut shape = call.input(0)?.shape.clone();
    let (parts, outputs) = (shape.remove(axis(call)?), call.op.outputs.len());
    if parts != outputs {
        return Err(Error::new(
            call.place(),
            Problem::Count(format!("{outputs} outputs for a dimension of {parts}")),
            "give one output for each slice",
        ));
    }
    Ok(vec![shape; parts])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    let axis = axis(call)?;
    let parts = shape(call)?.into_iter().enumerate().map(|(n, shape)| {
        let mut slice = shape.clone();
        slice.insert(axis, 1);
        let data = places::part(value, axis, n, slice).data;
        Value { shape, data }
    });
    Ok(parts.collect())
}
