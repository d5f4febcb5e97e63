//! CONCATENATION: values joined along an axis.

use super::support::{activation, options, places};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::CONCATENATION,
    name: "Concatenation",
    inputs: (1, usize::MAX),
    shape,
    eval,
};

fn axis(call: &Call<'_>) -> Result<usize> {
    let options = options::read!(call, ConcatenationOptions);
    let rank = call.input(0)?.shape.len();
    resolve(options.axis.into(), rank, &call.place())
}

/// An axis counted from the end when negative.
pub(super) fn resolve(axis: i64, rank: usize, place: &Place) -> Result<usize> {
    let at = if axis < 0 { axis + rank as i64 } else { axis };
    usize::try_from(at)
        .ok()
        .filter(|at| *at < rank)
        .ok_or_else(|| Error::new(place, Problem::Axis { axis, rank }, "name one of its dimensions"))
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let axis = axis(call)?;
    let mut shape = call.input(0)?.shape.clone();
    for input in 1..call.inputs.len() {
        let value = call.input(input)?;
        let other = &value.shape;
        let fits = value.dtype() == call.input(0)?.dtype()
            && other.len() == shape.len()
            && shape
                .iter()
                .zip(other)
                .enumerate()
                .all(|(at, (a, b))| at == axis || a == b);
        if !fits {
            return Err(Error::new(
                call.place(),
                Problem::Shape(format!(
                    "input {input}, {} of shape {other:?}, does not join {shape:?} along axis {axis}",
                    value.dtype()
                )),
                "make all types and all other dimensions equal",
            ));
        }
        shape[axis] = places::checked(shape[axis].checked_add(other[axis]), &call.place())?;
    }
    Ok(vec![shape])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (axis, shape) = (axis(call)?, shape(call)?.swap_remove(0));
    let mut data = call.input(0)?.data.gather([]);
    if !shape.contains(&0) {
        for row in 0..shape[..axis].iter().product() {
            for input in 0..call.inputs.len() {
                let value = call.input(input)?;
                let size: usize = value.shape[axis..].iter().product();
                // The shape rule has compared the types.
                let _ = data.append(&value.data, row * size..(row + 1) * size);
            }
        }
    }
    let options = options::read!(call, ConcatenationOptions);
    if let Data::F32(data) = &mut data {
        activation::apply(options.fused_activation_function, data, &call.place())?;
    }
    Ok(vec![Value { shape, data }])
}
