//! LSTM and UNIDIRECTIONAL_SEQUENCE_LSTM: products by integers, gates and cells in floats.
//!
//! Inputs and the last output become integers in each step, a row for each batch; where a batch's steps lie together in
//! memory, batches run one after the other, and skip products of zeros each by itself.

use super::fully_connected::accumulate;
use super::input;
use super::lstm_gate::{Gate, Given, bias};
use super::weights::{Weights, unfit};
use crate::ops::Call;
use crate::ops::integer::profile::Profile;
use crate::ops::support::lstm::Sizes;
use crate::ops::support::options;
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_schema::{ActivationFunctionType as Activation, LSTMKernelType};

/// Inputs of the kernel by number.
const PROJECTION: usize = 16;
const PROJECTION_BIAS: usize = 17;
const OUTPUT_STATE: usize = 18;
const CELL_STATE: usize = 19;

/// What the options say of a cell; a clip of 0 is none.
struct Params {
    activation: Activation,
    cell_clip: f32,
    proj_clip: f32,
    asymmetric: bool,
}

/// One step over a batch.
pub fn step(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, LSTMOptions);
    if options.kernel_type == LSTMKernelType::BASIC {
        return Err(unfit(call, "the basic kernel has no integer weights"));
    }
    let params = Params {
        activation: options.fused_activation_function,
        cell_clip: options.cell_clip,
        proj_clip: options.proj_clip,
        asymmetric: options.asymmetric_quantize_inputs,
    };
    Cell::of(call, Sizes::of(call, 2, true)?, params)?.run(call)
}

/// All steps of a sequence.
pub fn sequence(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, UnidirectionalSequenceLSTMOptions);
    if options.diagonal_recurrent_tensors {
        return Err(unfit(call, "diagonal recurrent weights"));
    }
    let params = Params {
        activation: options.fused_activation_function,
        cell_clip: options.cell_clip,
        proj_clip: options.proj_clip,
        asymmetric: options.asymmetric_quantize_inputs,
    };
    Cell::of(call, Sizes::of(call, 3, options.time_major)?, params)?.run(call)
}

/// What does not change from step to step.
struct Cell<'a> {
    sizes: Sizes,
    params: Params,
    /// Input, forget, cell, output; no input gate is CIFG.
    gates: [Option<Gate<'a>>; 4],
    projection: Option<(Weights, Option<&'a [f32]>)>,
}

impl<'a> Cell<'a> {
    fn of(call: &Call<'a>, sizes: Sizes, params: Params) -> Result<Self> {
        if !matches!(
            params.activation,
            Activation::TANH | Activation::RELU | Activation::RELU6 | Activation::RELU_N1_TO_1
        ) {
            return Err(unfit(call, "its activation is none of TANH and RELU and its kin"));
        }
        let gate = |number| Gate::of(call, &sizes, number);
        let first = match call.optional(1) {
            Some(_) => Some(gate(0)?),
            None => None,
        };
        let gates = [first, Some(gate(1)?), Some(gate(2)?), Some(gate(3)?)];
        let projection = match call.optional(PROJECTION) {
            Some(value) if value.shape == [sizes.outputs, sizes.cells] => Some((
                Weights::of_one_scale(call, PROJECTION)?,
                bias(call, PROJECTION_BIAS, sizes.outputs)?,
            )),
            None if sizes.outputs == sizes.cells => None,
            _ => return Err(unfit(call, "its projection is not [outputs, cells]")),
        };
        Ok(Self {
            sizes,
            params,
            gates,
            projection,
        })
    }

    fn run(&self, call: &Call<'_>) -> Result<Vec<Value>> {
        let &Sizes {
            steps,
            batch,
            inputs,
            cells,
            outputs,
            time_major,
            ..
        } = &self.sizes;
        let x = input::finite(call, 0)?.1;
        let state = |at: usize, size: usize| -> Result<Vec<f32>> {
            let (shape, state) = call.f32(at)?;
            if shape == [batch, size] {
                Ok(state.to_vec())
            } else {
                Err(unfit(
                    call,
                    "its states are not [batch, outputs] and [batch, cells]",
                ))
            }
        };
        let mut h = state(OUTPUT_STATE, outputs)?;
        let mut c = state(CELL_STATE, cells)?;
        let mut made = vec![0.0; steps * batch * outputs];
        // Batches that run together.
        let together = if time_major { batch } else { 1 };
        for first in (0..batch).step_by(together.max(1)) {
            let h = &mut h[first * outputs..][..together * outputs];
            let c = &mut c[first * cells..][..together * cells];
            for step in 0..steps {
                let row = if time_major {
                    step * batch
                } else {
                    first * steps + step
                };
                let x = &x[row * inputs..][..together * inputs];
                self.step(call, x, h, c, first)?;
                made[row * outputs..][..together * outputs].copy_from_slice(h);
            }
        }
        Ok(vec![
            Value::f32(self.sizes.shape.clone(), made),
            Value::f32(vec![batch, outputs], h),
            Value::f32(vec![batch, cells], c),
        ])
    }

    /// One step of batches from `first` on: the new output and cells.
    fn step(&self, call: &Call<'_>, x: &[f32], h: &mut [f32], c: &mut [f32], first: usize) -> Result<()> {
        let Sizes { batch, cells, .. } = self.sizes;
        let given = Given {
            x: input::handed_on(call, x, self.sizes.inputs, self.params.asymmetric)?,
            h: input::handed_on(call, h, self.sizes.outputs, self.params.asymmetric)?,
        };
        // Where the values of a gate stand in LiteRT's buffer: input, cell, forget, output, without the first in CIFG.
        let [input, forget, candidate, output] = &self.gates;
        let at = |number: usize| (number - usize::from(input.is_none())) * cells * batch + first * cells;
        let i = input.as_ref().map(|gate| gate.sigmoid(&given, c, at(0)));
        let (Some(forget), Some(candidate), Some(output)) = (forget, candidate, output) else {
            return Err(unfit(call, "a gate is missing"));
        };
        let f = forget.sigmoid(&given, c, at(2));
        let mut g = candidate.sum(&given, None, c.len());
        input::activate(call, self.params.activation, &mut g)?;
        for (at, c) in c.iter_mut().enumerate() {
            *c *= f[at];
            *c += g[at] * i.as_ref().map_or(1.0 - f[at], |i| i[at]);
        }
        clip(c, self.params.cell_clip);
        let mut hidden = c.to_vec();
        let o = output.sigmoid(&given, c, at(3));
        input::activate(call, self.params.activation, &mut hidden)?;
        hidden.iter_mut().zip(&o).for_each(|(hidden, o)| *hidden *= o);
        let Some((weights, bias)) = &self.projection else {
            h.copy_from_slice(&hidden);
            return Ok(());
        };
        for row in h.chunks_exact_mut(self.sizes.outputs.max(1)) {
            match bias {
                Some(bias) => row.copy_from_slice(bias),
                None => row.fill(0.0),
            }
        }
        if let Some(rows) = input::handed_on(call, &hidden, cells, self.params.asymmetric)? {
            accumulate(cells, weights, &rows, h);
        }
        clip(h, self.params.proj_clip);
        Ok(())
    }
}

/// Keeps values within ±limit, when there is one.
fn clip(values: &mut [f32], limit: f32) {
    if limit > 0.0 {
        values.iter_mut().for_each(|x| *x = x.min(limit).max(-limit));
    }
}
