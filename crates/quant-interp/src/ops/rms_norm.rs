//! RMS_NORM (Circle): each row of the last dimension divided by its root mean square, then gamma.

use super::support::{elementwise, options};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::RMS_NORM,
    name: "RmsNorm",
    inputs: (2, 2),
    shape: elementwise::same_shape,
    eval,
};

/// `y = gamma · x / sqrt(mean(x²) + epsilon)` in f64 (Zhang & Sennrich 2019; ONE's kernels), gamma one entry for
/// each element of a row, or one for all.
fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let epsilon = f64::from(options::read!(call, RmsNormOptions).epsilon);
    let (shape, data) = call.f32(0)?;
    let gamma = call.f32(1)?.1;
    if call.optional(2).is_some() {
        return Err(Error::new(
            call.place(),
            Problem::NoKernel("it has a beta, as files of older versions do".into()),
            "add the beta with an ADD behind it",
        ));
    }
    let Some(&size) = shape
        .last()
        .filter(|size| gamma.len() == **size || gamma.len() == 1)
    else {
        return Err(Error::new(
            call.place(),
            Problem::Count(format!(
                "gamma has {} elements for an input of shape {shape:?}",
                gamma.len()
            )),
            "give gamma as many as the last dimension",
        ));
    };
    let mut out = data.to_vec();
    for row in out.chunks_exact_mut(size.max(1)) {
        let squares: f64 = row.iter().map(|x| f64::from(*x) * f64::from(*x)).sum();
        let rms = (squares / size as f64 + epsilon).sqrt();
        for (x, gamma) in row.iter_mut().zip(gamma.iter().cycle()) {
            *x = (f64::from(*gamma) * (f64::from(*x) / rms)) as f32;
        }
    }
    Ok(vec![Value::f32(shape.to_vec(), out)])
}
