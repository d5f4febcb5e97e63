//! ASSIGN_VARIABLE: a value for a resource variable.

use super::support::options;
use super::{Call, OpDef, Rule};
use crate::error::{Error, Result};
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::ASSIGN_VARIABLE,
    name: "AssignVariable",
    options: options::none,
    shape: |_| Ok(Vec::new()),
    eval,
    rule: Rule::NONE,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    if !call.run.assign(call.int(0)?, call.input(1)?.clone()) {
        return Err(Error::invalid(
            call.place(),
            "input 0 is no handle of a variable",
            "take it from VAR_HANDLE",
        ));
    }
    Ok(Vec::new())
}
