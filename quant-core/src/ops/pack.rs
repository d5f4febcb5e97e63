//! PACK: values of one shape stacked along a new dimension.

use quant_case::recipe::Operation;

use super::concatenation::resolve;
use super::rule::{Backward, ConstInputs, Mixed};
use super::support::options;
use super::{Call, OpDef, Rule};
use crate::error::{Error, Result};
use crate::ir::{Builtin, Options};
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::PACK,
    name: "Pack",
    options: read_recipe,
    shape,
    eval,
    rule: Rule {
        known: true,
        const_inputs: ConstInputs::Skip,
        mixed: Mixed::All,
        backward: Backward::All,
        ..Rule::NONE
    },
};

fn read_recipe(op: &Operation) -> Result<Options> {
    // A count that is not given is that of the inputs.
    let count = match options::int(op, "values_count")? {
        0 => op.inputs.len() as i32,
        count => count,
    };
    options::write!(PackOptions: PackOptionsT { values_count: count, axis: options::int(op, "axis")? })
}

fn axis(call: &Call<'_>) -> Result<usize> {
    let axis = options::read!(call, PackOptions).axis;
    resolve(axis.into(), call.input(0)?.shape.len() + 1, &call.place())
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let first = call.input(0)?;
    for input in 1..call.inputs.len() {
        let other = call.input(input)?;
        if other.shape != first.shape || other.dtype() != first.dtype() {
            return Err(Error::invalid(
                call.place(),
                format!(
                    "input {input} is {} of shape {:?}, input 0 is {} of shape {:?}",
                    other.dtype(),
                    other.shape,
                    first.dtype(),
                    first.shape
                ),
                "pack values of one type and shape",
            ));
        }
    }
    let mut shape = first.shape.clone();
    shape.insert(axis(call)?, call.inputs.len());
    Ok(vec![shape])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (axis, shape) = (axis(call)?, shape(call)?.swap_remove(0));
    let mut data = call.input(0)?.data.gather([]);
    if !shape.contains(&0) {
        let size: usize = shape[axis + 1..].iter().product();
        for row in 0..shape[..axis].iter().product() {
            for input in 0..call.inputs.len() {
                // The shape rule has compared the types.
                let _ = data.append(&call.input(input)?.data, row * size..(row + 1) * size);
            }
        }
    }
    Ok(vec![Value { shape, data }])
}
