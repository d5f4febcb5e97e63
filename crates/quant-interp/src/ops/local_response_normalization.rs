//! LOCAL_RESPONSE_NORMALIZATION: x · (bias + alpha · sum of squares of the channels around)^−beta.

use super::support::{elementwise, options};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::LOCAL_RESPONSE_NORMALIZATION,
    name: "LocalResponseNormalization",
    inputs: (1, 1),
    shape: elementwise::same_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let options = options::read!(call, LocalResponseNormalizationOptions);
    let (shape, data) = call.f32(0)?;
    let radius = usize::try_from(options.radius).map_err(|_| {
        Error::new(
            call.place(),
            Problem::Option(format!("radius {}", options.radius)),
            "give the number of channels on each side",
        )
    })?;
    let depth = shape.last().copied().unwrap_or(1).max(1);
    let mut out = Vec::with_capacity(data.len());
    for row in data.chunks_exact(depth) {
        for (channel, x) in row.iter().enumerate() {
            let around = channel.saturating_sub(radius)..(channel + radius + 1).min(depth);
            let squares: f32 = row[around].iter().map(|x| x * x).sum();
            out.push(x * (options.bias + options.alpha * squares).powf(-options.beta));
        }
    }
    Ok(vec![Value::f32(shape.to_vec(), out)])
}
