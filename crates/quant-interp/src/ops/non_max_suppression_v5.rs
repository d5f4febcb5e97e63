//! NON_MAX_SUPPRESSION_V5: as version 4, with soft suppression, and the scores of the boxes that stay.

use super::support::suppression;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::NON_MAX_SUPPRESSION_V5,
    name: "NonMaxSuppressionV5",
    inputs: (6, 6),
    shape: |call| {
        let room = suppression::room(call)?;
        Ok(vec![vec![room], vec![room], Vec::new()])
    },
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let chosen = suppression::choose(call, true)?;
    let (mut indices, mut scores, count) = (chosen.indices, chosen.scores.clone(), chosen.scores.len());
    indices.resize(chosen.room, 0);
    scores.resize(chosen.room, 0.0);
    Ok(vec![
        Value {
            shape: vec![chosen.room],
            data: Data::I32(indices),
        },
        Value::f32(vec![chosen.room], scores),
        Value {
            shape: Vec::new(),
            data: Data::I32(vec![count as i32]),
        },
    ])
}
