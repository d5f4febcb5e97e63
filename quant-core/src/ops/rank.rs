//! RANK: the number of dimensions of a value.

use super::support::options;
use super::{Call, OpDef, Rule};
use crate::error::Result;
use crate::ir::Builtin;
use crate::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::RANK,
    name: "Rank",
    options: options::none,
    shape: |_| Ok(vec![Vec::new()]),
    eval,
    rule: Rule::NONE,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let rank = call.input(0)?.shape.len() as i32;
    Ok(vec![Value {
        shape: Vec::new(),
        data: Data::I32(vec![rank]),
    }])
}
