//! READ_VARIABLE: the value of a resource variable.

use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::READ_VARIABLE,
    name: "ReadVariable",
    inputs: (1, 1),
    shape: |_| Ok(Vec::new()),
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let value = call.run.read(call.int(0)?).ok_or_else(|| {
        Error::new(
            call.place(),
            Problem::Missing("the variable has no value yet".into()),
            "assign it first; every record starts with fresh variables",
        )
    })?;
    Ok(vec![value])
}
