//! LOG_SOFTMAX: the logarithm of softmax along the last dimension.

use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::LOG_SOFTMAX,
    name: "LogSoftmax",
    inputs: (1, 1),
    shape: elementwise::same_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (shape, data) = call.f32(0)?;
    let depth = shape.last().copied().unwrap_or(1).max(1);
    let mut out = Vec::with_capacity(data.len());
    for row in data.chunks(depth) {
        let max = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f32 = row.iter().map(|x| (x - max).exp()).sum();
        let log = sum.ln();
        out.extend(row.iter().map(|x| x - max - log));
    }
    Ok(vec![Value::f32(shape.to_vec(), out)])
}
