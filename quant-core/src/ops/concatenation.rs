//! CONCATENATION: values joined along an axis.

use quant_case::recipe::Operation;

use super::rule::{Backward, ConstInputs, Mixed};
use super::support::{activation, options};
use super::{Call, OpDef, Rule};
use crate::error::{Error, Result};
use crate::ir::{Builtin, Options};
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::CONCATENATION,
    name: "Concatenation",
    options: read_recipe,
    shape,
    eval,
    rule: Rule {
        const_inputs: ConstInputs::Skip,
        mixed: Mixed::All,
        backward: Backward::Concat,
        ..Rule::NONE
    },
};

fn read_recipe(op: &Operation) -> Result<Options> {
    options::write!(ConcatenationOptions: ConcatenationOptionsT {
            axis: options::int(op, "axis")?,
            fused_activation_function: options::activation(op)?,
        }
    )
}

fn axis(call: &Call<'_>) -> Result<usize> {
    let options = options::read!(call, ConcatenationOptions);
    let rank = call.f32(0)?.0.len();
    resolve(options.axis.into(), rank, &call.place())
}

/// An axis counted from the end when negative.
pub(super) fn resolve(axis: i64, rank: usize, place: &str) -> Result<usize> {
    let at = if axis < 0 { axis + rank as i64 } else { axis };
    usize::try_from(at).ok().filter(|at| *at < rank).ok_or_else(|| {
        Error::invalid(
            place,
            format!("axis {axis} of a value of rank {rank}"),
            "name one of its dimensions",
        )
    })
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let axis = axis(call)?;
    let mut shape = call.f32(0)?.0.to_vec();
    for input in 1..call.inputs.len() {
        let other = call.f32(input)?.0;
        let fits = other.len() == shape.len()
            && shape
                .iter()
                .zip(other)
                .enumerate()
                .all(|(at, (a, b))| at == axis || a == b);
        if !fits {
            return Err(Error::invalid(
                call.place(),
                format!("input {input} of shape {other:?} does not join {shape:?} along axis {axis}"),
                "make all other dimensions equal",
            ));
        }
        shape[axis] += other[axis];
    }
    Ok(vec![shape])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (axis, shape) = (axis(call)?, shape(call)?.swap_remove(0));
    let outer: usize = shape[..axis].iter().product();
    let mut out = Vec::with_capacity(shape.iter().product());
    for row in 0..outer {
        for input in 0..call.inputs.len() {
            let (dims, data) = call.f32(input)?;
            let size: usize = dims[axis..].iter().product();
            out.extend_from_slice(&data[row * size..(row + 1) * size]);
        }
    }
    let options = options::read!(call, ConcatenationOptions);
    activation::apply(options.fused_activation_function, &mut out, &call.place())?;
    Ok(vec![Value::f32(shape, out)])
}
