//! SOFTMAX: `QLinearSoftmax`, a table of exponentials.

use crate::ops::Call;
use crate::ops::integer::operands;
use crate::ops::integer::profile::Profile;
use crate::ops::support::options;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// Exponentials of the distances to the largest integer in f32, as large as their sum leaves room for; they are added in
/// order. The output's scale counts as one over a whole number, the next below its reciprocal. Halves go up.
pub fn eval(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let beta = options::read!(call, SoftmaxOptions).beta;
    if beta != 1.0 {
        let problem = Problem::NoKernel(format!("onnxruntime has no factor beta, which is {beta}"));
        return Err(Error::new(call.place(), problem, "leave it in float"));
    }
    let shape = call.input(0)?.shape.clone();
    let depth = shape.last().copied().unwrap_or(1).max(1);
    let scale = f64::from(x.scale);
    // The largest exponential: e⁵ below what the sum can hold.
    let highest = (f64::from(f32::MAX / depth as f32).ln() - 5.0).max(0.0);
    let shift = highest / scale;
    let table: Vec<f32> = (0..256)
        .map(|q| ((f64::from(q) - 255.0 + shift) * scale).exp() as f32)
        .collect();
    let steps = (1.0 / y.scale).floor();
    let input = operands::integers(call, 0)?;
    let mut made = Vec::with_capacity(input.len());
    for row in input.chunks_exact(depth) {
        let largest = row.iter().copied().max().unwrap_or(0);
        let exp = |q: &i32| table[(q - largest + 255) as usize & 255];
        let sum = row.iter().map(exp).fold(0f32, |sum, e| sum + e);
        made.extend(row.iter().map(|q| {
            let part = (exp(q) / sum * steps + 0.5).floor();
            (part as i32).saturating_add(y.zero)
        }));
    }
    Ok(vec![y.value(shape, made.into_iter(), y.limits())])
}
