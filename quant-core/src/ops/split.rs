//! SPLIT: equal parts along an axis; input 0 is the axis.

use quant_case::recipe::Operation;

use super::concatenation::resolve;
use super::rule::{ConstInputs, Mixed};
use super::support::options;
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
    let axis = call.ints(0)?.first().copied().unwrap_or(0);
    resolve(axis, call.f32(1)?.0.len(), &call.place())
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let axis = axis(call)?;
    let mut shape = call.f32(1)?.0.to_vec();
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
    let (dims, data) = call.f32(1)?;
    let row: usize = dims[axis..].iter().product();
    let part = row / shapes.len();
    let parts = shapes.into_iter().enumerate().map(|(n, shape)| {
        let rows = data.chunks_exact(row.max(1));
        Value::f32(
            shape,
            rows.flat_map(|row| &row[n * part..(n + 1) * part])
                .copied()
                .collect(),
        )
    });
    Ok(parts.collect())
}
