//! SOFTMAX: exp(beta · x) over the last dimension, divided by its sum.

use super::support::{elementwise, options};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::SOFTMAX,
    name: "Softmax",
    inputs: (1, 1),
    shape: elementwise::same_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let beta = options::read!(call, SoftmaxOptions).beta;
    let (shape, data) = call.f32(0)?;
    let depth = shape.last().copied().unwrap_or(1).max(1);
    let mut out = Vec::with_capacity(data.len());
    for row in data.chunks_exact(depth) {
        let max = row.iter().copied().fold(f32::MIN, f32::max);
        let start = out.len();
        out.extend(row.iter().map(|x| ((x - max) * beta).exp()));
        let sum: f32 = out[start..].iter().sum();
        out[start..].iter_mut().for_each(|x| *x /= sum);
    }
    Ok(vec![Value::f32(shape.to_vec(), out)])
}
