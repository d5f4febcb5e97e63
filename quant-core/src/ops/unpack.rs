//! UNPACK: the slices along a dimension, which goes away.

use quant_case::recipe::Operation;

use super::concatenation::resolve;
use super::support::{options, places};
use super::{Call, OpDef, Rule};
use crate::error::{Error, Result};
use crate::ir::{Builtin, Options};
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::UNPACK,
    name: "Unpack",
    options: read_recipe,
    shape,
    eval,
    rule: Rule {
        forward: Some(0),
        ..Rule::UNARY
    },
};

fn read_recipe(op: &Operation) -> Result<Options> {
    // A number that is not given is that of the outputs.
    let num = match options::int(op, "num")? {
        0 => op.outputs.len() as i32,
        num => num,
    };
    options::write!(UnpackOptions: UnpackOptionsT { num: num, axis: options::int(op, "axis")? })
}

fn axis(call: &Call<'_>) -> Result<usize> {
    let axis = options::read!(call, UnpackOptions).axis;
    resolve(axis.into(), call.input(0)?.shape.len(), &call.place())
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let mut shape = call.input(0)?.shape.clone();
    let (parts, outputs) = (shape.remove(axis(call)?), call.op.outputs.len());
    if parts != outputs {
        return Err(Error::invalid(
            call.place(),
            format!("{outputs} outputs for a dimension of {parts}"),
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
