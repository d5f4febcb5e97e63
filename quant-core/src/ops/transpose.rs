//! TRANSPOSE: dimensions in another order; input 1 is the permutation.

use super::rule::Backward;
use super::support::options;
use super::{Call, OpDef, Rule};
use crate::error::{Error, Result};
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::TRANSPOSE,
    name: "Transpose",
    options: options::none,
    shape,
    eval,
    rule: Rule {
        backward: Backward::View,
        forward: Some(0),
        ..Rule::UNARY
    },
};

fn permutation(call: &Call<'_>) -> Result<Vec<usize>> {
    let rank = call.f32(0)?.0.len();
    let list = call.ints(1)?;
    let order: Vec<usize> = list
        .iter()
        .map(|d| usize::try_from(*d).unwrap_or(usize::MAX))
        .collect();
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if sorted.iter().copied().eq(0..rank) {
        return Ok(order);
    }
    Err(Error::invalid(
        call.place(),
        format!("{list:?} is no order of {rank} dimensions"),
        "name each dimension once",
    ))
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let dims = call.f32(0)?.0;
    Ok(vec![permutation(call)?.into_iter().map(|at| dims[at]).collect()])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (dims, data) = call.f32(0)?;
    let (order, shape) = (permutation(call)?, shape(call)?.swap_remove(0));
    let mut steps = vec![1usize; dims.len()];
    for at in (1..dims.len()).rev() {
        steps[at - 1] = steps[at] * dims[at];
    }
    let mut out = Vec::with_capacity(data.len());
    for n in 0..data.len() {
        let (mut rest, mut from) = (n, 0);
        for (at, source) in order.iter().enumerate().rev() {
            from += rest % shape[at] * steps[*source];
            rest /= shape[at];
        }
        out.push(data[from]);
    }
    Ok(vec![Value::f32(shape, out)])
}
