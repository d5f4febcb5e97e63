//! MEAN: the mean along some axes.

use quant_case::recipe::Operation;

use super::concatenation::resolve;
use super::support::options;
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::{Builtin, Options};
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::MEAN,
    name: "Mean",
    options: read_recipe,
    shape,
    eval,
    rule: Rule::UNARY,
};

fn read_recipe(op: &Operation) -> Result<Options> {
    options::write!(ReducerOptions: ReducerOptionsT { keep_dims: options::boolean(op, "keep_dims")? })
}

/// For each dimension, whether it is reduced. No axes mean none.
fn reduced(call: &Call<'_>) -> Result<Vec<bool>> {
    let rank = call.f32(0)?.0.len();
    let mut reduced = vec![false; rank];
    for axis in call.ints(1)? {
        reduced[resolve(axis, rank, &call.place())?] = true;
    }
    Ok(reduced)
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let keep = options::read!(call, ReducerOptions).keep_dims;
    let dims = call.f32(0)?.0.iter().zip(reduced(call)?);
    Ok(vec![
        dims.filter(|(_, reduced)| keep || !reduced)
            .map(|(d, reduced)| if reduced { 1 } else { *d })
            .collect(),
    ])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (dims, data) = call.f32(0)?;
    let reduced = reduced(call)?;
    let shape = shape(call)?.swap_remove(0);
    // How far the output moves for one step along each input dimension.
    let mut steps = vec![0usize; dims.len()];
    let mut step = 1;
    for at in (0..dims.len()).rev().filter(|at| !reduced[*at]) {
        steps[at] = step;
        step *= dims[at];
    }
    let mut sums = vec![0.0f32; step];
    let mut index = vec![0usize; dims.len()];
    for x in data {
        let to: usize = index.iter().zip(&steps).map(|(i, step)| i * step).sum();
        sums[to] += x;
        for at in (0..dims.len()).rev() {
            index[at] += 1;
            if index[at] < dims[at] {
                break;
            }
            index[at] = 0;
        }
    }
    let count: usize = dims
        .iter()
        .zip(&reduced)
        .filter(|(_, reduced)| **reduced)
        .map(|(d, _)| *d)
        .product();
    sums.iter_mut().for_each(|sum| *sum /= count as f32);
    Ok(vec![Value::f32(shape, sums)])
}
