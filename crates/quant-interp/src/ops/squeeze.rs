//! SQUEEZE: dimensions of 1 removed, all or those in the options.

use super::concatenation::resolve;
use super::support::options;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::SQUEEZE,
    name: "Squeeze",
    inputs: (1, 1),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    let dims = options::read!(call, SqueezeOptions)
        .squeeze_dims
        .unwrap_or_default();
    let shape = &call.input(0)?.shape;
    let mut gone: Vec<bool> = shape.iter().map(|dim| dims.is_empty() && *dim == 1).collect();
    for dim in dims {
        let at = resolve(dim.into(), shape.len(), &call.place())?;
        if shape[at] != 1 {
            return Err(Error::new(
                call.place(),
                Problem::Option(format!("dimension {at} of shape {shape:?} is not 1")),
                "squeeze dimensions of 1",
            ));
        }
        gone[at] = true;
    }
    let kept = shape.iter().zip(gone).filter(|(_, gone)| !gone);
    Ok(vec![kept.map(|(dim, _)| *dim).collect()])
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = shape(call)?.swap_remove(0);
    let data = call.input(0)?.data.clone();
    Ok(vec![Value { shape, data }])
}
