//! The basic kernel of LSTM, what TensorFlow's older converter (toco) made of an LSTM cell: five inputs, four outputs.
//!
//! Inputs are `x` `[batch, in]`, the output before `h` `[batch, cells]`, the weights of all gates `[4 · cells, in + cells]` of
//! x and h side by side, biases `[4 · cells]` and the cells before `c`. Outputs are the new h, the new c, `[x, h]` as one matrix
//! and the sums of the gates `[batch, 4 · cells]`: input, candidate, forget, output.

use crate::ops::Call;
use quant_ir::TensorId;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_kernel::{Clamp, Packed, product};

/// Inputs of the kernel by number.
pub mod input {
    pub const OUTPUT: usize = 1;
    pub const WEIGHTS: usize = 2;
    pub const BIAS: usize = 3;
    pub const CELLS: usize = 4;
}

/// Sizes of a call whose operands fit each other.
pub struct Sizes {
    pub batch: usize,
    pub inputs: usize,
    pub cells: usize,
}

impl Sizes {
    /// # Errors
    /// Another number of operands, or other shapes.
    pub fn of(call: &Call<'_>) -> Result<Self> {
        let (inputs, outputs) = (call.op.inputs.len(), call.op.outputs.len());
        if (inputs, outputs) != (5, 4) {
            return Err(Error::new(
                call.place(),
                Problem::Count(format!(
                    "the basic kernel has {inputs} inputs and {outputs} outputs"
                )),
                "give five inputs and four outputs",
            ));
        }
        let shape = |at: usize| call.input(at).map(|value| value.shape.as_slice());
        let (x, h, weights) = (shape(0)?, shape(input::OUTPUT)?, shape(input::WEIGHTS)?);
        let (bias, c) = (shape(input::BIAS)?, shape(input::CELLS)?);
        if let (&[batch, inputs], &[_, cells]) = (x, h)
            && (h, c) == (&[batch, cells], &[batch, cells])
            && (weights, bias) == (&[4 * cells, inputs + cells], &[4 * cells])
        {
            return Ok(Self { batch, inputs, cells });
        }
        Err(Error::new(
            call.place(),
            Problem::Shape(format!(
                "input {x:?}, output before {h:?}, weights {weights:?}, bias {bias:?} and cells {c:?} do not fit"
            )),
            "give [batch, in], [batch, cells], [4 · cells, in + cells], [4 · cells] and [batch, cells]",
        ))
    }

    /// Shapes of the outputs.
    pub fn shapes(&self) -> Vec<Vec<usize>> {
        let columns = [self.cells, self.cells, self.inputs + self.cells, 4 * self.cells];
        columns.map(|columns| vec![self.batch, columns]).to_vec()
    }

    /// Rows of `x` and `h` side by side.
    pub fn joined<T: Copy>(&self, x: &[T], h: &[T]) -> Vec<T> {
        let rows = x
            .chunks_exact(self.inputs.max(1))
            .zip(h.chunks_exact(self.cells.max(1)));
        rows.flat_map(|(x, h)| x.iter().chain(h)).copied().collect()
    }
}

/// Outputs, and behind them what becomes of h and c where they are variables.
pub fn with_states(call: &Call<'_>, mut made: Vec<Value>) -> Vec<Value> {
    let variable = |id: TensorId| call.graph.tensor(id).is_variable;
    for (at, output) in [(input::OUTPUT, 0), (input::CELLS, 1)] {
        if call.op.inputs.get(at).copied().flatten().is_some_and(variable) {
            made.push(made[output].clone());
        }
    }
    made
}

/// The kernel in floats.
pub fn run(call: &Call<'_>) -> Result<Vec<Value>> {
    let sizes = Sizes::of(call)?;
    let &Sizes { batch, cells, .. } = &sizes;
    let columns = sizes.inputs + cells;
    let joined = sizes.joined(call.f32(0)?.1, call.f32(input::OUTPUT)?.1);
    let weights = Packed::new(4 * cells, columns, call.f32(input::WEIGHTS)?.1, None);
    let mut sums = vec![0.0; batch * 4 * cells];
    product(&weights, Clamp::NONE, &joined, &mut sums, 1);
    super::gates::add_rows(&mut sums, Some(call.f32(input::BIAS)?.1));
    let mut new = call.f32(input::CELLS)?.1.to_vec();
    let mut output = new.clone();
    let logistic = |x: f32| 1.0 / (1.0 + (-x).exp());
    let rows = new
        .chunks_exact_mut(cells.max(1))
        .zip(output.chunks_exact_mut(cells.max(1)));
    for ((new, output), gates) in rows.zip(sums.chunks_exact(4 * cells.max(1))) {
        for (at, (c, h)) in new.iter_mut().zip(output).enumerate() {
            let [i, g, f, o] = [0, 1, 2, 3].map(|gate| gates[gate * cells + at]);
            *c = logistic(i) * g.tanh() + logistic(f) * *c;
            *h = logistic(o) * c.tanh();
        }
    }
    let values = sizes.shapes().into_iter().zip([output, new, joined, sums]);
    let made = values.map(|(shape, data)| Value::f32(shape, data)).collect();
    Ok(with_states(call, made))
}
