//! LSTM and UNIDIRECTIONAL_SEQUENCE_LSTM with activations of 8 bits, gates and cells of 16 (LiteRT's 8x8_16).
//!
//! Gates are words with three bits before the point, cells have a scale that is a power of two. Both profiles compute the
//! same.

use super::lstm_gate::{Gate, State, product};
use super::operands;
use super::profile::Profile;
use crate::ops::Call;
use crate::ops::support::lstm::Sizes;
use crate::ops::support::options;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};
use quant_ir::{DType, TensorId};
use quant_numeric::fixed::Multiplier;
use quant_numeric::fixed::point::{logistic, tanh};
use quant_numeric::fixed::shift::Word;
use quant_numeric::round::half_away_f32;
use quant_schema::LSTMKernelType;

/// Inputs of the kernel by number.
mod input {
    pub const PROJECTION: usize = 16;
    pub const PROJECTION_BIAS: usize = 17;
    pub const OUTPUT_STATE: usize = 18;
    pub const CELL_STATE: usize = 19;
}

/// One step over a batch.
pub fn step(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, LSTMOptions);
    if options.kernel_type == LSTMKernelType::BASIC {
        return super::lstm_basic::eval(call);
    }
    run(
        call,
        &Sizes::of(call, 2, true)?,
        (options.cell_clip, options.proj_clip),
    )
}

/// All steps of a sequence.
pub fn sequence(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, UnidirectionalSequenceLSTMOptions);
    if options.diagonal_recurrent_tensors {
        return Err(refused(call, "diagonal recurrent weights"));
    }
    run(
        call,
        &Sizes::of(call, 3, options.time_major)?,
        (options.cell_clip, options.proj_clip),
    )
}

fn refused(call: &Call<'_>, what: &str) -> Error {
    Error::new(
        call.place(),
        Problem::NoKernel(format!("{what} have no integer kernel")),
        "quantize the float model again, or leave it in float",
    )
}

/// Scale and zero point of an intermediate result.
fn intermediate(call: &Call<'_>, number: usize) -> Result<(f32, i32)> {
    let all = call.op.intermediates.as_deref().unwrap_or_default();
    let id = all.get(number).and_then(|id| usize::try_from(*id).ok());
    let tensor = id
        .filter(|_| all.len() == 5)
        .map(|id| call.graph.tensor(TensorId(id)));
    let quant = tensor.and_then(|tensor| tensor.quant.as_ref());
    let scale = quant.and_then(|quant| quant.scale.first());
    let (Some(scale), Some(quant)) = (scale, quant) else {
        return Err(refused(
            call,
            "LSTMs without five intermediate results that have scales",
        ));
    };
    let zero = quant.zero_point.first().copied().unwrap_or(0);
    Ok((*scale, zero as i32))
}

/// What does not change from step to step.
struct Cell {
    /// Input, forget, cell, output; no input gate is CIFG.
    gates: [Option<Gate>; 4],
    /// The exponent of the cells' scale.
    exponent: i32,
    clip: i16,
    hidden: Multiplier,
    hidden_zero: i32,
    output_zero: i32,
    projection: Option<Projection>,
}

struct Projection {
    weights: Vec<i32>,
    bias: Vec<i32>,
    by: Multiplier,
    clip: i8,
}

impl Projection {
    /// `hidden` is the scale and zero point of what is projected.
    fn of(call: &Call<'_>, sizes: &Sizes, hidden: (f32, i32), clip: f32) -> Result<Option<Self>> {
        if call.optional(input::PROJECTION).is_none() {
            return Ok(None);
        }
        let side = operands::input(call, input::PROJECTION)?;
        let state = operands::input(call, input::OUTPUT_STATE)?;
        let weights = operands::integers(call, input::PROJECTION)?;
        let bias = match call.optional(input::PROJECTION_BIAS) {
            Some(_) => operands::integers(call, input::PROJECTION_BIAS)?,
            None => vec![0; sizes.outputs],
        };
        if weights.len() != sizes.outputs * sizes.cells || bias.len() != sizes.outputs {
            return Err(refused(call, "a projection of another shape"));
        }
        let rows = weights.chunks_exact(sizes.cells.max(1));
        let zeros = rows.map(|row| {
            row.iter()
                .copied()
                .fold(0, i32::wrapping_add)
                .wrapping_mul(hidden.1)
        });
        Ok(Some(Self {
            bias: bias.iter().zip(zeros).map(|(b, z)| b.wrapping_add(z)).collect(),
            weights,
            by: Multiplier::of(f64::from(side.scale * hidden.0 / state.scale)),
            clip: (clip.max(0.0) / operands::output(call, 0)?.scale).min(127.0) as i8,
        }))
    }
}

impl Cell {
    fn of(call: &Call<'_>, sizes: &Sizes, (cell_clip, proj_clip): (f32, f32)) -> Result<Self> {
        let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
        let h = operands::input(call, input::OUTPUT_STATE)?;
        let c = operands::input(call, input::CELL_STATE)?;
        if (x.dtype, y.dtype, h.dtype, c.dtype) != (DType::Int8, DType::Int8, DType::Int8, DType::Int16) {
            return Err(refused(call, "other types than int8 and cells of int16"));
        }
        let exponent = half_away_f32(c.scale.log2()) as i32;
        if c.scale.to_bits() != 2f32.powi(exponent).to_bits() || !(-15..=-9).contains(&exponent) {
            return Err(refused(
                call,
                "cells whose scale is no power of two from 2⁻¹⁵ to 2⁻⁹",
            ));
        }
        let normed = call.optional(21).is_some();
        let gate = |number: usize| {
            let scale = if normed {
                intermediate(call, number)?.0
            } else {
                2f32.powi(-12)
            };
            Gate::of(call, sizes, number, (x, h, exponent), scale, normed)
        };
        let (hidden_scale, hidden_zero) = intermediate(call, 4)?;
        let projection = Projection::of(call, sizes, (hidden_scale, hidden_zero), proj_clip)?;
        if projection.is_none() && sizes.outputs != sizes.cells {
            return Err(refused(call, "more cells than outputs without a projection"));
        }
        let gates = [
            call.optional(1).map(|_| gate(0)).transpose()?,
            Some(gate(1)?),
            Some(gate(2)?),
            Some(gate(3)?),
        ];
        let hidden = 2f64.powi(-15) / f64::from(hidden_scale) * 2f64.powi(-15);
        Ok(Self {
            gates,
            exponent,
            clip: (cell_clip.max(0.0) / c.scale).min(32767.0) as i16,
            hidden: Multiplier::of(f64::from(hidden as f32)),
            hidden_zero,
            output_zero: h.zero,
            projection,
        })
    }

    /// One step: `x` `[batch, in]` and the state, which goes on.
    fn step(&self, sizes: &Sizes, x: &[i32], state: &mut State) {
        let sum = |number: usize, state: &State| {
            let gate = self.gates[number].as_ref();
            gate.map(|gate| gate.sum(sizes, x, state)).unwrap_or_default()
        };
        let sigmoid = |words: Vec<i16>| words.into_iter().map(|q| logistic(q, 3)).collect::<Vec<i16>>();
        let i = sigmoid(sum(0, state));
        let f = sigmoid(sum(1, state));
        let g: Vec<i16> = sum(2, state).into_iter().map(|q| tanh(q, 3)).collect();
        let times = |a: i16, b: i16, right: i32| {
            (i32::from(a) * i32::from(b)).rounding_shift_right(right.unsigned_abs()) as i16
        };
        for (at, c) in state.cells.iter_mut().enumerate() {
            let kept = times(f[at], *c, 15);
            let i = i.get(at).copied().unwrap_or_else(|| i16::MAX - f[at]);
            let new = kept.saturating_add(times(i, g[at], 30 + self.exponent));
            *c = if self.clip > 0 {
                new.clamp(-self.clip, self.clip)
            } else {
                new
            };
        }
        let o = sigmoid(sum(3, state));
        let before = (15 + self.exponent).unsigned_abs();
        // LiteRT takes the zero point off where a projection follows.
        let zero = if self.projection.is_some() {
            self.hidden_zero.wrapping_neg()
        } else {
            self.hidden_zero
        };
        let hidden = o.iter().zip(&state.cells).map(|(o, c)| {
            let product = i32::from(*o) * i32::from(tanh(*c, before));
            self.hidden.times(product).wrapping_add(zero).clamp(-128, 127)
        });
        let hidden: Vec<i32> = hidden.collect();
        state.outputs = match &self.projection {
            None => hidden,
            Some(projection) => {
                let sums = product(&hidden, &projection.weights, &projection.bias, sizes.cells);
                let made = sums.into_iter().map(|sum| {
                    let made = projection
                        .by
                        .times(sum)
                        .wrapping_add(self.output_zero)
                        .clamp(-128, 127);
                    let clip = i32::from(projection.clip);
                    if clip > 0 { made.clamp(-clip, clip) } else { made }
                });
                made.collect()
            }
        };
    }
}

fn run(call: &Call<'_>, sizes: &Sizes, clips: (f32, f32)) -> Result<Vec<Value>> {
    let cell = Cell::of(call, sizes, clips)?;
    let x = operands::integers(call, 0)?;
    let (h, c) = (call.input(input::OUTPUT_STATE)?, call.input(input::CELL_STATE)?);
    let (outputs, Data::I16(cells)) = (operands::integers(call, input::OUTPUT_STATE)?, &c.data) else {
        return Err(refused(call, "cells of other types than int16"));
    };
    if outputs.len() != sizes.batch * sizes.outputs || cells.len() != sizes.batch * sizes.cells {
        return Err(refused(
            call,
            "states of other sizes than [batch, outputs] and [batch, cells]",
        ));
    }
    let mut made = vec![0; sizes.steps * sizes.batch * sizes.outputs];
    // A sequence goes step by step for all, or for each of the batch by itself.
    let (parts, batch) = if sizes.time_major {
        (1, sizes.batch)
    } else {
        (sizes.batch, 1)
    };
    let (mut last_outputs, mut last_cells) = (Vec::new(), Vec::new());
    for part in 0..parts {
        let mut state = State {
            batch,
            outputs: outputs[part * batch * sizes.outputs..][..batch * sizes.outputs].to_vec(),
            cells: cells[part * batch * sizes.cells..][..batch * sizes.cells].to_vec(),
        };
        for step in 0..sizes.steps {
            let row = (part * sizes.steps + step) * batch;
            cell.step(
                sizes,
                &x[row * sizes.inputs..][..batch * sizes.inputs],
                &mut state,
            );
            made[row * sizes.outputs..][..batch * sizes.outputs].copy_from_slice(&state.outputs);
        }
        last_outputs.append(&mut state.outputs);
        last_cells.append(&mut state.cells);
    }
    let words = |integers: Vec<i32>| Data::I8(integers.into_iter().map(|q| q as i8).collect());
    Ok(vec![
        Value {
            shape: sizes.shape.clone(),
            data: words(made),
        },
        Value {
            shape: h.shape.clone(),
            data: words(last_outputs),
        },
        Value {
            shape: c.shape.clone(),
            data: Data::I16(last_cells),
        },
    ])
}
