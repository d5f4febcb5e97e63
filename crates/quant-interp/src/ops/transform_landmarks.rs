//! TransformLandmarks (MediaPipe, version 2): places in a plane moved by a matrix; what follows x and y stays.

use super::support::mediapipe;
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::CUSTOM,
    name: "TransformLandmarks",
    inputs: (2, 2),
    shape,
    eval,
};

fn shape(call: &Call<'_>) -> Result<Vec<Vec<usize>>> {
    mediapipe::second_version(call)?;
    let shape = call.f32(0)?.0;
    match shape {
        [1, _, 2 | 3] => Ok(vec![shape.to_vec()]),
        _ => Err(Error::new(
            call.place(),
            Problem::Shape(format!("landmarks of shape {shape:?}")),
            "give [1, landmarks, 2] or [1, landmarks, 3]",
        )),
    }
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let shape = shape(call)?.swap_remove(0);
    let plane = mediapipe::plane(call, 1)?;
    let mut landmarks = call.f32(0)?.1.to_vec();
    for landmark in landmarks.chunks_exact_mut(shape[2]) {
        (landmark[0], landmark[1]) = mediapipe::moved(plane, landmark[0], landmark[1]);
    }
    Ok(vec![Value::f32(shape, landmarks)])
}
