//! L2_NORMALIZATION: each row along the last dimension divided by its length (the root of its sum of squares).

use super::support::{activation, elementwise, options};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::L2_NORMALIZATION,
    name: "L2Normalize",
    inputs: (1, 1),
    shape: elementwise::same_shape,
    eval,
};

/// The length of shorter rows, as in TensorFlow Lite.
const SHORTEST: f32 = 1e-6;

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let (shape, data) = call.f32(0)?;
    let depth = shape.last().copied().unwrap_or(1).max(1);
    let mut out = data.to_vec();
    for row in out.chunks_exact_mut(depth) {
        let squares: f32 = row.iter().map(|x| x * x).sum();
        let length = squares.sqrt();
        // NaN stays NaN.
        let length = if length < SHORTEST { SHORTEST } else { length };
        row.iter_mut().for_each(|x| *x /= length);
    }
    let options = options::read!(call, L2NormOptions);
    activation::apply(options.fused_activation_function, &mut out, &call.place())?;
    Ok(vec![Value::f32(shape.to_vec(), out)])
}
