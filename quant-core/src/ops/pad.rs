//! PAD: zeros around a value; input 1 is `[rank, 2]`, before and after.

use super::support::options;
use super::{Call, OpDef, Rule};
use crate::error::{Error, Result};
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::PAD,
    name: "Pad",
    options: options::none,
    shape,
    eval,
    rule: Rule::UNARY,
};

fn paddings(call: &Call<'_>) -> Result<Vec<(usize, usize)>> {
    let rank = call.f32(0)?.0.len();
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
        Error::invalid(
            call.place(),
            format!("paddings {list:?} for rank {rank}"),
            "give two numbers ≥ 0 a dimension",
        )
    })
}

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let dims = call.f32(0)?.0.iter().zip(paddings(call)?);
    Ok(vec![
        dims.map(|(dim, (before, after))| before.saturating_add(*dim).saturating_add(after))
            .collect(),
    ])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (dims, data) = call.f32(0)?;
    let (paddings, shape) = (paddings(call)?, shape(call)?.swap_remove(0));
    let mut out = vec![0.0; shape.iter().product()];
    let row = dims.last().copied().unwrap_or(1);
    for (n, values) in data.chunks_exact(row.max(1)).enumerate() {
        let (mut rest, mut to, mut step) = (
            n,
            paddings.last().map_or(0, |p| p.0),
            shape.last().copied().unwrap_or(1),
        );
        for at in (0..dims.len().saturating_sub(1)).rev() {
            to += (rest % dims[at] + paddings[at].0) * step;
            rest /= dims[at];
            step *= shape[at];
        }
        out[to..to + row].copy_from_slice(values);
    }
    Ok(vec![Value::f32(shape, out)])
}
