//! MEAN: the mean along some axes; of integers cut toward zero.

use super::support::{elementwise, reduce};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::MEAN,
    name: "Mean",
    inputs: (2, 2),
    shape: reduce::shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = reduce::shape(call)?.swap_remove(0);
    let input = call.input(0)?;
    let (dims, reduced) = (&input.shape, reduce::reduced(call)?);
    let along = dims.iter().zip(&reduced).filter(|(_, reduced)| **reduced);
    let count: usize = along.map(|(d, _)| *d).product();
    let ints = |data: &[i64]| -> Result<Vec<i64>> {
        let sums = reduce::fold(dims, &reduced, data, 0i64, i64::wrapping_add);
        let means = sums.iter().map(|sum| sum.checked_div(count as i64));
        means.collect::<Option<_>>().ok_or_else(|| {
            Error::new(
                call.place(),
                Problem::Count("it takes the mean of no integers".into()),
                "reduce along dimensions that have elements",
            )
        })
    };
    let data = match &input.data {
        Data::F32(data) => {
            let mut sums = reduce::fold(dims, &reduced, data, 0.0, |sum, x| sum + x);
            sums.iter_mut().for_each(|sum| *sum /= count as f32);
            Data::F32(sums.into())
        }
        // Sums are of 64 bits, so that those of 32-bit integers do not overflow; others wrap, as in the runtime.
        Data::I32(_) => {
            let means = ints(&input.to_i64().unwrap_or_default())?;
            Data::I32(means.into_iter().map(|x| x as i32).collect())
        }
        Data::I64(data) => Data::I64(ints(data)?),
        _ => return Err(elementwise::wrong_type(call, "float32, int32 and int64")),
    };
    Ok(vec![Value { shape, data }])
}
