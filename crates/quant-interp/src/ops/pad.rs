//! PAD: zeros around a value; input 1 is `[rank, 2]`, before and after.

use super::ready::{Plain, Prepare};
use super::support::places;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_kernel::Range;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::PAD,
    name: "Pad",
    inputs: (2, 2),
    shape,
    eval,
};

/// The paddings before and after each dimension of input 0.
pub(super) fn paddings(call: &Call<'_>) -> Result<Vec<(usize, usize)>> {
    let rank = call.input(0)?.shape.len();
    let list = call.ints(1)?;
    let pairs: Option<Vec<_>> = list
        .chunks(2)
        .map(|pair| {
            Some((
                usize::try_from(*pair.first()?).ok()?,
                usize::try_from(*pair.get(1)?).ok()?,
            ))
        })
        .collect();
    pairs.filter(|pairs| pairs.len() == rank).ok_or_else(|| {
        Error::new(
            call.place(),
            Problem::Operand(format!("paddings {list:?} for rank {rank}")),
            "give two numbers ≥ 0 a dimension",
        )
    })
}

/// The shape of input 0 with its paddings.
pub(super) fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let dims = call.input(0)?.shape.iter().zip(paddings(call)?);
    let padded = |(dim, (before, after)): (&usize, (usize, usize))| {
        let dim = dim.checked_add(before).and_then(|dim| dim.checked_add(after));
        places::checked(dim, &call.place())
    };
    Ok(vec![dims.map(padded).collect::<Result<_>>()?])
}

/// For each element of the padded value, its place in input 0.
pub(super) fn inside(dims: &[usize], paddings: &[(usize, usize)], shape: &[usize]) -> Vec<Option<usize>> {
    let strides = places::strides(dims);
    places::cross_open(shape, |at, i| {
        let i = i.checked_sub(paddings[at].0).filter(|i| *i < dims[at])?;
        Some(i * strides[at])
    })
}

/// How it is made ready.
pub(super) const PREPARE: Prepare = Prepare {
    packed: &[],
    make: |_| {
        Ok(Box::new(Plain {
            shape,
            run: |call, _, out| fill(call, 0.0, out),
        }))
    },
};

/// Copies input 0 between paddings of `value`, in runs as long as the dimensions without padding allow.
pub(super) fn fill(call: &Call<'_>, value: f32, out: &mut [f32]) -> Result<Option<Range>> {
    let (dims, input) = call.f32(0)?;
    let paddings = paddings(call)?;
    // The innermost dimension with padding, and all within it.
    let axis = paddings.iter().rposition(|pair| *pair != (0, 0)).unwrap_or(0);
    let inner: usize = dims.get(axis + 1..).unwrap_or_default().iter().product();
    let run = dims.get(axis).map_or(1, |dim| dim * inner);
    let range = Range::of(input);
    let padding = Range {
        min: value,
        max: value,
    };
    let range = if out.len() == input.len() {
        range
    } else {
        range.map(|range| range.join(padding))
    };
    out.fill(value);
    // With one such dimension the runs lie at equal distances.
    if let Some(&(before, after)) = paddings.get(axis)
        && paddings[..axis].iter().all(|pair| *pair == (0, 0))
    {
        let outs = out.chunks_exact_mut((run + (before + after) * inner).max(1));
        for (out, run) in outs.zip(input.chunks_exact(run.max(1))) {
            out[before * inner..][..run.len()].copy_from_slice(run);
        }
        return Ok(range);
    }
    let strides = places::strides(&shape(call)?.swap_remove(0));
    for (number, run) in input.chunks_exact(run.max(1)).enumerate() {
        let (mut rest, mut to) = (number, 0);
        for at in (0..dims.len().min(axis + 1)).rev() {
            let index = if at == axis { 0 } else { rest % dims[at] };
            if at < axis {
                rest /= dims[at];
            }
            to += (index + paddings[at].0) * strides[at];
        }
        out[to..to + run.len()].copy_from_slice(run);
    }
    Ok(range)
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let value = call.input(0)?;
    let shape = shape(call)?.swap_remove(0);
    let places = inside(&value.shape, &paddings(call)?, &shape);
    let data = value.data.gather_or_zero(places);
    Ok(vec![Value { shape, data }])
}
