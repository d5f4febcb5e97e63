//! INSTANCE_NORM (Circle): each channel of each image to mean 0 and variance 1, then gamma and beta.

use super::support::{activation, elementwise, options};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::INSTANCE_NORM,
    name: "InstanceNorm",
    inputs: (3, 3),
    shape: elementwise::same_shape,
    eval,
};

/// `y = x · a + b` with `a = gamma / sqrt(variance + epsilon)` and `b = beta − mean · a`.
fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let options = options::read!(call, InstanceNormOptions);
    let (shape, data) = call.f32(0)?;
    let (gamma, beta) = (call.f32(1)?.1, call.f32(2)?.1);
    let &[batches, height, width, channels] = shape else {
        return Err(Error::new(
            call.place(),
            Problem::Rank {
                what: "input",
                found: shape.to_vec(),
                expected: 4,
            },
            "give [batch, height, width, channels]",
        ));
    };
    let fits = |len: usize| len == channels || len == 1;
    if !fits(gamma.len()) || !fits(beta.len()) {
        return Err(Error::new(
            call.place(),
            Problem::Shape("gamma or beta is not one entry a channel".into()),
            "give shape [channels]",
        ));
    }
    let pixels = height * width;
    let mut out = data.to_vec();
    for batch in 0..batches {
        for channel in 0..channels {
            let first = batch * pixels * channels + channel;
            let values = || (0..pixels).map(|pixel| data[first + pixel * channels]);
            let mean = (values().map(f64::from).sum::<f64>() / pixels as f64) as f32;
            let square = |x: f32| f64::from(x - mean) * f64::from(x - mean);
            let variance = (values().map(square).sum::<f64>() / pixels as f64) as f32;
            let a = gamma[channel % gamma.len()] / (variance + options.epsilon).sqrt();
            let b = beta[channel % beta.len()] - mean * a;
            for pixel in 0..pixels {
                out[first + pixel * channels] = data[first + pixel * channels] * a + b;
            }
        }
    }
    activation::apply(options.fused_activation_function, &mut out, &call.place())?;
    Ok(vec![Value::f32(shape.to_vec(), out)])
}
