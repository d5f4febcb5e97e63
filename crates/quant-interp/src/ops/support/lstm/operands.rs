//! Operands of the kernel, and their sizes.

use crate::ops::Call;
use quant_ir::error::{Error, Problem, Result};

/// Inputs of the kernel by number.
pub mod input {
    pub const FORGET_WEIGHTS: usize = 2;
    pub const FORGET_RECURRENT: usize = 6;
    pub const PROJECTION: usize = 16;
    pub const PROJECTION_BIAS: usize = 17;
    pub const OUTPUT_STATE: usize = 18;
    pub const CELL_STATE: usize = 19;
}

/// Sizes of a call.
pub struct Sizes {
    pub steps: usize,
    pub batch: usize,
    pub inputs: usize,
    pub cells: usize,
    pub outputs: usize,
    pub time_major: bool,
    /// Of the output.
    pub shape: Vec<usize>,
}

impl Sizes {
    /// Of an input `[time, batch, in]`, `[batch, time, in]` or, for a single step, `[batch, in]`.
    pub fn of(call: &Call<'_>, rank: usize, time_major: bool) -> Result<Self> {
        let shape = call.input(0)?.shape.as_slice();
        let (weights, recurrent) = (
            call.input(input::FORGET_WEIGHTS)?.shape.as_slice(),
            call.input(input::FORGET_RECURRENT)?.shape.as_slice(),
        );
        let ([.., inputs], &[cells, _], &[_, outputs], true) =
            (shape, weights, recurrent, shape.len() == rank)
        else {
            return Err(Error::new(
                call.place(),
                Problem::NoKernel(format!(
                    "input {shape:?}, weights {weights:?}, recurrent weights {recurrent:?}"
                )),
                if rank == 2 {
                    "give [batch, in], [cells, in] and [cells, out]"
                } else {
                    "give [time, batch, in] or [batch, time, in], [cells, in] and [cells, out]"
                },
            ));
        };
        let (steps, batch) = match (rank, time_major) {
            (2, _) => (1, shape[0]),
            (_, true) => (shape[0], shape[1]),
            (_, false) => (shape[1], shape[0]),
        };
        Ok(Self {
            steps,
            batch,
            inputs: *inputs,
            cells,
            outputs,
            time_major,
            shape: [&shape[..rank - 1], &[outputs]].concat(),
        })
    }
}

/// The elements of an input of this shape; `None` where it is absent.
pub fn read<'a>(call: &Call<'a>, at: usize, shape: &[usize]) -> Result<Option<&'a [f32]>> {
    if call.optional(at).is_none() {
        return Ok(None);
    }
    let (found, data) = call.f32(at)?;
    if found != shape {
        return Err(Error::new(
            call.place(),
            Problem::InputShape {
                index: at,
                found: found.to_vec(),
                expected: Some(shape.to_vec()),
            },
            "match weights, biases and states with each other",
        ));
    }
    Ok(Some(data))
}
