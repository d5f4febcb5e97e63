//! SPLIT_V: parts of given sizes along an axis; input 1 has the sizes, input 2 the axis.

use super::concatenation::resolve;
use super::support::places;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::SPLIT_V,
    name: "SplitV",
    inputs: (3, 3),
    shape,
    eval,
};

fn axis(call: &Call<'_>) -> Result<usize> {
    resolve(call.int(2)?, call.input(0)?.shape.len(), &call.place())
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let (axis, dims) = (axis(call)?, &call.input(0)?.shape);
    let sizes = call.ints(1)?;
    let known: Vec<usize> = sizes.iter().filter_map(|s| usize::try_from(*s).ok()).collect();
    let open = sizes.iter().filter(|size| **size == -1).count();
    let sum = known.iter().try_fold(0usize, |sum, size| sum.checked_add(*size));
    let rest = sum.and_then(|sum| dims[axis].checked_sub(sum));
    let fits = rest.is_some_and(|rest| rest == 0 || open == 1)
        && open <= 1
        && known.len() + open == sizes.len()
        && sizes.len() == call.op.outputs.len();
    if !fits {
        return Err(Error::new(
            call.place(),
            Problem::Count(format!(
                "sizes {sizes:?} of {} outputs do not fill a dimension of {}",
                call.op.outputs.len(),
                dims[axis]
            )),
            "give each output a size, −1 at most once, that add up to the dimension",
        ));
    }
    let part = |size: &i64| {
        let mut shape = dims.clone();
        shape[axis] = usize::try_from(*size).unwrap_or(rest.unwrap_or(0));
        shape
    };
    Ok(sizes.iter().map(part).collect())
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (axis, value) = (axis(call)?, call.input(0)?);
    let mut from = 0;
    let parts = shape(call)?.into_iter().map(|shape| {
        let at = from;
        from += shape[axis];
        places::part(value, axis, at, shape)
    });
    Ok(parts.collect())
}
