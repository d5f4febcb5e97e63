//! READ_VARIABLE: the value of a resource variable.

use super::support::options;
use super::{Call, OpDef, Rule};
use crate::error::{Error, Result};
use crate::ir::Builtin;
use crate::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::READ_VARIABLE,
    name: "ReadVariable",
    options: options::none,
    shape: |_| Ok(Vec::new()),
    eval,
    rule: Rule::NONE,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let value = call.run.read(call.int(0)?).ok_or_else(|| {
        Error::invalid(
            call.place(),
            "the variable has no value yet",
            "assign it first; every record starts with fresh variables",
        )
    })?;
    Ok(vec![value])
}
