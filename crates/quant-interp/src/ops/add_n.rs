//! ADD_N: the sum of any number of values of one shape, from the first to the last.

use super::support::elementwise;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::ADD_N,
    name: "AddN",
    inputs: (2, usize::MAX),
    shape: elementwise::same_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let mut sum = call.input(0)?.clone();
    for input in 1..call.inputs.len() {
        let other = call.input(input)?;
        if other.shape != sum.shape || other.dtype() != sum.dtype() {
            return Err(Error::new(
                call.place(),
                Problem::UnlikeFirst {
                    index: input,
                    found: other.dtype(),
                    found_shape: other.shape.clone(),
                    expected: sum.dtype(),
                    expected_shape: sum.shape.clone(),
                },
                "add values of one type and shape",
            ));
        }
        match (&mut sum.data, &other.data) {
            (Data::F32(sum), Data::F32(other)) => sum.iter_mut().zip(other).for_each(|(sum, x)| *sum += x),
            (Data::I32(sum), Data::I32(other)) => {
                sum.iter_mut()
                    .zip(other)
                    .for_each(|(sum, x)| *sum = sum.wrapping_add(*x));
            }
            _ => return Err(elementwise::wrong_type(call, "float32 and int32")),
        }
    }
    Ok(vec![sum])
}
