//! RESHAPE: the same elements in another shape, from input 1, from the options, or else from the output's own shape.

use super::support::options;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::RESHAPE,
    name: "Reshape",
    inputs: (1, 2),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let wanted: Vec<i64> = if call.optional(1).is_some() {
        call.ints(1)?
    } else {
        let given = options::read!(call, ReshapeOptions).new_shape;
        let output = call.op.outputs.first().map(|id| &call.graph.tensor(*id).shape);
        let shape = given.as_ref().or(output).into_iter().flatten();
        shape.copied().map(i64::from).collect()
    };
    let elements = call.input(0)?.len();
    let wrong = || {
        Error::new(
            call.place(),
            Problem::Count(format!("{elements} elements do not fill {wanted:?}")),
            if call.run.resized {
                "the shape holds for the model's own input sizes: give those, or write −1 for the size that changes"
            } else {
                "give a shape of as many elements, with −1 at most once"
            },
        )
    };
    let product = |dims: &[usize]| dims.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
    let known: Vec<usize> = wanted.iter().filter_map(|d| usize::try_from(*d).ok()).collect();
    let fill = product(&known).and_then(|known| elements.checked_div(known));
    let shape: Vec<usize> = wanted
        .iter()
        .map(|d| usize::try_from(*d).unwrap_or(fill.unwrap_or(0)))
        .collect();
    if wanted.len() > known.len() + 1 || product(&shape) != Some(elements) {
        return Err(wrong());
    }
    Ok(vec![shape])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = shape(call)?.swap_remove(0);
    let data = call.input(0)?.data.clone();
    Ok(vec![Value { shape, data }])
}
