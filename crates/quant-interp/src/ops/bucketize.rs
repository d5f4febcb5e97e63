//! BUCKETIZE: how many of the boundaries are not above an element; numbers are compared as float32.

use super::support::{elementwise, options};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::BUCKETIZE,
    name: "Bucketize",
    inputs: (1, 1),
    shape: elementwise::same_shape,
    eval,
};

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let boundaries = options::read!(call, BucketizeOptions)
        .boundaries
        .unwrap_or_default();
    if !boundaries.is_sorted() {
        return Err(Error::new(
            call.place(),
            Problem::Operand("its boundaries are not sorted".into()),
            "sort them, and leave NaN out",
        ));
    }
    // NaN is above all of them.
    let bucket = |x: f32| boundaries.partition_point(|boundary| x.is_nan() || *boundary <= x) as i32;
    let value = call.input(0)?;
    let data = match &value.data {
        Data::F32(data) => data.iter().map(|x| bucket(*x)).collect(),
        Data::I32(data) => data.iter().map(|x| bucket(*x as f32)).collect(),
        Data::I64(data) => data.iter().map(|x| bucket(*x as f32)).collect(),
        _ => return Err(elementwise::wrong_type(call, "float32, int32 and int64")),
    };
    let shape = value.shape.clone();
    Ok(vec![Value {
        shape,
        data: Data::I32(data),
    }])
}
