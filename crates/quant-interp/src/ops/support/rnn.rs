//! A plain recurrent network over the steps of a sequence, as several operators have it: `h = φ(W x + R h + b)` (Elman 1990).
//!
//! Inputs are `x`, `W` `[units, in]`, `R` `[units, units]`, `b` `[units]` and the state `h`, a variable `[batch, units]`.

use quant_schema::ActivationFunctionType as Activation;

use super::activation;
use crate::ops::Call;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_kernel::{Clamp, Packed, product};

/// Inputs of the kernel by number.
pub mod input {
    pub const WEIGHTS: usize = 1;
    pub const RECURRENT: usize = 2;
    pub const BIAS: usize = 3;
    pub const STATE: usize = 4;
}

/// Sizes of a call whose operands fit each other.
pub struct Sizes {
    pub steps: usize,
    pub batch: usize,
    pub inputs: usize,
    pub units: usize,
    pub time_major: bool,
    /// Of the output.
    pub shape: Vec<usize>,
}

impl Sizes {
    /// Of an input `[time, batch, in]`, `[batch, time, in]` or, for a single step, `[batch, in]`.
    ///
    /// # Errors
    /// Operands of other shapes; a state that is no variable, which nothing would keep.
    pub fn of(call: &Call<'_>, rank: usize, time_major: bool) -> Result<Self> {
        let shape = |at: usize| call.input(at).map(|value| value.shape.as_slice());
        let (x, weights, recurrent) = (shape(0)?, shape(input::WEIGHTS)?, shape(input::RECURRENT)?);
        let (bias, state) = (shape(input::BIAS)?, shape(input::STATE)?);
        let (steps, batch) = match (x, time_major) {
            (&[batch, _], _) => (1, batch),
            (&[first, second, _], true) => (first, second),
            (&[first, second, _], false) => (second, first),
            _ => (0, 0),
        };
        let (&[units, inputs], true) = (weights, x.len() == rank && x.last() == weights.last()) else {
            return Err(unfit(call, [x, weights, recurrent, bias, state]));
        };
        if *recurrent != [units, units] || *bias != [units] || *state != [batch, units] {
            return Err(unfit(call, [x, weights, recurrent, bias, state]));
        }
        let variable = call.op.inputs.get(input::STATE).copied().flatten();
        if !variable.is_some_and(|id| call.graph.tensor(id).is_variable) {
            let problem = format!("its state, input {}, is no variable tensor", input::STATE);
            return Err(Error::new(
                call.place(),
                Problem::Operand(format!("{problem}: nothing would keep it")),
                "mark the state as a variable",
            ));
        }
        Ok(Self {
            steps,
            batch,
            inputs,
            units,
            time_major,
            shape: [&x[..rank - 1], &[units]].concat(),
        })
    }

    /// Runs `step` for every step, in order, on rows of the input that go together: those of the whole batch where steps lie
    /// one behind the other, else of one sequence after the other. It is given those rows and their state, which becomes the
    /// output. Returns the outputs and the last state.
    pub fn each_step(
        &self,
        x: &[f32],
        state: &[f32],
        mut step: impl FnMut(&[f32], &mut [f32]) -> Result<()>,
    ) -> Result<Vec<Value>> {
        let mut state = state.to_vec();
        let mut made = vec![0.0; self.steps * self.batch * self.units];
        let together = if self.time_major { self.batch } else { 1 };
        let parts = state.chunks_exact_mut((together * self.units).max(1));
        for (part, state) in parts.enumerate() {
            for at in 0..self.steps {
                let row = (part * self.steps + at) * together;
                step(&x[row * self.inputs..][..together * self.inputs], state)?;
                made[row * self.units..][..together * self.units].copy_from_slice(state);
            }
        }
        Ok(vec![
            Value::f32(self.shape.clone(), made),
            Value::f32(vec![self.batch, self.units], state),
        ])
    }
}

fn unfit(call: &Call<'_>, [x, weights, recurrent, bias, state]: [&[usize]; 5]) -> Error {
    Error::new(
        call.place(),
        Problem::Shape(format!(
            "input {x:?}, weights {weights:?}, recurrent weights {recurrent:?}, bias {bias:?} and state {state:?} do not fit"
        )),
        "give [batch, in] or sequences of it, [units, in], [units, units], [units] and [batch, units]",
    )
}

/// The outputs of all steps, and behind them the new state.
pub fn run(call: &Call<'_>, sizes: &Sizes, function: Activation) -> Result<Vec<Value>> {
    let &Sizes { inputs, units, .. } = sizes;
    let packed = |at: usize, columns| Ok(Packed::new(units, columns, call.f32(at)?.1, None));
    let (weights, recurrent) = (packed(input::WEIGHTS, inputs)?, packed(input::RECURRENT, units)?);
    let (bias, place) = (call.f32(input::BIAS)?.1, call.place());
    let mut of_state = Vec::new();
    sizes.each_step(call.f32(0)?.1, call.f32(input::STATE)?.1, |x, state| {
        of_state.resize(state.len(), 0.0);
        product(&recurrent, Clamp::NONE, state, &mut of_state, 1);
        product(&weights, Clamp::NONE, x, state, 1);
        let added = of_state.iter().zip(bias.iter().cycle());
        state.iter_mut().zip(added).for_each(|(h, (r, b))| *h += r + b);
        activation::apply(function, state, &place)
    })
}
