//! PACK: values of one shape stacked along a new dimension.

use super::concatenation::resolve;
use super::support::options;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::PACK,
    name: "Pack",
    inputs: (1, usize::MAX),
    shape,
    eval,
};

fn axis(call: &Call<'_>) -> Result<usize> {
    let axis = options::read!(call, PackOptions).axis;
    resolve(axis.into(), call.input(0)?.shape.len() + 1, &call.place())
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let first = call.input(0)?;
    for input in 1..call.inputs.len() {
        let other = call.input(input)?;
        if other.shape != first.shape || other.dtype() != first.dtype() {
            return Err(Error::new(
                call.place(),
                Problem::UnlikeFirst {
                    index: input,
                    found: other.dtype(),
                    found_shape: other.shape.clone(),
                    expected: first.dtype(),
                    expected_shape: first.shape.clone(),
                },
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
