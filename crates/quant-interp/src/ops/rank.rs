//! RANK: the number of dimensions of a value.

use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::RANK,
    name: "Rank",
    inputs: (1, 1),
    shape: |_| Ok(vec![Vec::new()]),
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let rank = call.input(0)?.shape.len() as i32;
    Ok(vec![Value {
        shape: Vec::new(),
        data: Data::I32(vec![rank]),
    }])
}
