//! SPLIT: equal parts along an axis; input 0 is the axis.

use quant_case::recipe::Operation;

use super::concatenation::resolve;
use super::rule::{ConstInputs, Mixed};
use super::support::{options, places};
use super::{Call, OpDef, Rule};
use crate::error::{Error, Result};
use crate::ir::{Builtin, Options};
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::SPLIT,
    name: "Split",
    options: read_recipe,
    shape,
    eval,
    rule: Rule {
        known: true,
        const_inputs: ConstInputs::Own(&[1]),
        mixed: Mixed::Inputs(&[1]),
        forward: Some(1),
        ..Rule::NONE
    },
};

fn read_recipe(op: &Operation) -> Result<Options> {
    options::write!(SplitOptions: SplitOptionsT { num_splits: options::int(op, "num_splits")? })
}

fn axis(call: &Call<'_>) -> Result<usize> {
    resolve(call.int(0)?, call.input(1)?.shape.len(), &call.place())
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let axis = axis(call)?;
    let mut shape = call.input(1)?.shape.clone();
    let parts = call.op.outputs.len();
    if parts == 0 || shape[axis] % parts != 0 {
        return Err(Error::invalid(
            call.place(),
            format!("{parts} parts of {} elements", shape[axis]),
            "split into equal parts",
        ));
    }
    shape[axis] /= parts;
    Ok(vec![shape; parts])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let axis = axis(call)?;
    let shapes = shape(call)?;
    let value = call.input(1)?;
    let parts = shapes.into_iter().enumerate();
    Ok(parts
        .map(|(n, shape)| places::part(value, axis, n * shape[axis], shape))
        .collect())
}
