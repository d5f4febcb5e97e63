//! NON_MAX_SUPPRESSION_V4: numbers of the boxes that stay, filled up with zeros, and how many they are.

use super::support::suppression;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::NON_MAX_SUPPRESSION_V4,
    name: "NonMaxSuppressionV4",
    inputs: (5, 5),
    shape: |call| Ok(vec![vec![suppression::room(call)?], Vec::new()]),
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let chosen = suppression::choose(call, false)?;
    let (mut indices, count) = (chosen.indices, chosen.scores.len());
    indices.resize(chosen.room, 0);
    Ok(vec![
        Value {
            shape: vec![chosen.room],
            data: Data::I32(indices),
        },
        Value {
            shape: Vec::new(),
            data: Data::I32(vec![count as i32]),
        },
    ])
}
