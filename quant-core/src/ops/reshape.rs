//! RESHAPE: the same elements in another shape, from input 1 or from the options.

use quant_case::recipe::Operation;

use super::rule::Backward;
use super::support::options;
use super::{Call, OpDef, Rule};
use crate::error::{Error, Result};
use crate::ir::{Builtin, Options};
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::RESHAPE,
    name: "Reshape",
    options: read_recipe,
    shape,
    eval,
    rule: Rule {
        backward: Backward::View,
        forward: Some(0),
        ..Rule::UNARY
    },
};

fn read_recipe(op: &Operation) -> Result<Options> {
    let new_shape = options::ints(op, "new_shape")?;
    let new_shape = (!new_shape.is_empty()).then_some(new_shape);
    options::write!(ReshapeOptions: ReshapeOptionsT { new_shape: new_shape })
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let wanted: Vec<i64> = match call.optional(1) {
        Some(_) => call.ints(1)?,
        None => options::read!(call, ReshapeOptions)
            .new_shape
            .unwrap_or_default()
            .into_iter()
            .map(i64::from)
            .collect(),
    };
    let elements = call.f32(0)?.1.len();
    let known: i64 = wanted.iter().filter(|d| **d >= 0).product();
    let open = wanted.iter().filter(|d| **d < 0).count();
    let fill = if known > 0 { elements as i64 / known } else { 0 };
    let shape: Vec<usize> = wanted
        .iter()
        .map(|d| if *d < 0 { fill } else { *d } as usize)
        .collect();
    if open > 1 || shape.iter().product::<usize>() != elements {
        return Err(Error::invalid(
            call.place(),
            format!("{elements} elements do not fill {wanted:?}"),
            "give a shape of as many elements, with −1 at most once",
        ));
    }
    Ok(vec![shape])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    Ok(vec![Value::f32(
        shape(call)?.swap_remove(0),
        call.f32(0)?.1.to_vec(),
    )])
}
