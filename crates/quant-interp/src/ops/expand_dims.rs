//! EXPAND_DIMS: a dimension of 1 added; input 1 is its place.

use super::concatenation::resolve;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::EXPAND_DIMS,
    name: "ExpandDims",
    inputs: (2, 2),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let mut shape = call.input(0)?.shape.clone();
    let axis = resolve(call.int(1)?, shape.len() + 1, &call.place())?;
    shape.insert(axis, 1);
    Ok(vec![shape])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = shape(call)?.swap_remove(0);
    let data = call.input(0)?.data.clone();
    Ok(vec![Value { shape, data }])
}
