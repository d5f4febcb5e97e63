//! ASSIGN_VARIABLE: a value for a resource variable.

use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::ASSIGN_VARIABLE,
    name: "AssignVariable",
    inputs: (2, 2),
    shape: |_| Ok(Vec::new()),
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    if !call.run.assign(call.int(0)?, call.input(1)?.clone()) {
        return Err(Error::new(
            call.place(),
            Problem::Operand("input 0 is no handle of a variable".into()),
            "take it from VAR_HANDLE",
        ));
    }
    Ok(Vec::new())
}
