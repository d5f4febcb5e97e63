//! Long short-term memory over the steps of a sequence, as several operators have it.
//!
//! With `x` the input of a step, `h` the output of the one before and `c` the cells (Hochreiter & Schmidhuber 1997;
//! Gers & Schmidhuber 2000 for peepholes; Sak et al. 2014 for the projection; Ba et al. 2016 for layer norm):
//!
//! ```text
//! i = σ(W_i x + R_i h + p_i ∘ c + b_i)          without input gate weights (CIFG) i = 1 − f
//! f = σ(W_f x + R_f h + p_f ∘ c + b_f)
//! c = clip(f ∘ c + i ∘ φ(W_c x + R_c h + b_c))
//! o = σ(W_o x + R_o h + p_o ∘ c + b_o)          with the new c
//! h = o ∘ φ(c), or clip(P (o ∘ φ(c)) + b_P)
//! ```
//!
//! With layer norm a gate's sum is scaled to mean 0 and variance 1 (1e-8 is added), multiplied by its
//! coefficients, and then gets its bias.

pub mod basic;
mod gates;
mod inner;
mod operands;

use quant_schema::ActivationFunctionType as Activation;

use super::activation;
use crate::ops::Call;
use gates::{Gate, clip, sigmoid};
use inner::Inner;
pub use operands::Sizes;
use operands::{input, read};
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_kernel::{self, Clamp, Packed};

/// What the options say of a cell; a clip of 0 is none.
pub struct Params {
    pub activation: Activation,
    pub cell_clip: f32,
    pub proj_clip: f32,
}

/// The outputs of all steps, and behind them the new states: the last output, the last cells.
pub fn run(call: &Call<'_>, sizes: &Sizes, params: &Params) -> Result<Vec<Value>> {
    let place = call.place();
    let (batch, cells, outputs) = (sizes.batch, sizes.cells, sizes.outputs);
    let x = call.f32(0)?.1;
    let input_gate = match call.optional(1) {
        Some(_) => Some(Gate::of(call, sizes, 0)?),
        None => None,
    };
    let [forget, input, output] = [1, 2, 3].map(|gate| Gate::of(call, sizes, gate));
    let (forget, candidate, output) = (forget?, input?, output?);
    let projection = read(call, input::PROJECTION, &[outputs, cells])?;
    let projection = projection.map(|weights| Packed::new(outputs, cells, weights, None));
    let projection_bias = read(call, input::PROJECTION_BIAS, &[outputs])?;
    if projection.is_none() && outputs != cells {
        return Err(Error::new(
            place,
            Problem::Count(format!(
                "{cells} cells make {outputs} outputs without a projection"
            )),
            "give projection weights",
        ));
    }
    let state = |at: usize, size: usize| {
        let state = read(call, at, &[batch, size])?;
        state.map(<[f32]>::to_vec).ok_or_else(|| {
            Error::new(
                call.place(),
                Problem::Missing(format!("its state, input {at}, is missing")),
                "give the state as a variable tensor",
            )
        })
    };
    let mut h = state(input::OUTPUT_STATE, outputs)?;
    let mut c = state(input::CELL_STATE, cells)?;
    let mut made = vec![0.0; sizes.steps * batch * outputs];
    let mut step_input = vec![0.0; batch * sizes.inputs];
    let mut inner = Inner::wanted(call);
    for step in 0..sizes.steps {
        // Where a step's row of each batch begins, counted in rows.
        let row = |b: usize| {
            if sizes.time_major {
                step * batch + b
            } else {
                b * sizes.steps + step
            }
        };
        for (b, to) in step_input.chunks_exact_mut(sizes.inputs.max(1)).enumerate() {
            to.copy_from_slice(&x[row(b) * sizes.inputs..][..sizes.inputs]);
        }
        let mut sum = |number: usize, gate: &Gate<'_>, c: &[f32]| {
            gate.sum(sizes, &step_input, &h, c, &mut |sums| inner.keep(number, sums))
        };
        let mut f = sum(1, &forget, &c);
        sigmoid(&mut f);
        let i = match &input_gate {
            Some(gate) => {
                let mut i = sum(0, gate, &c);
                sigmoid(&mut i);
                i
            }
            None => f.iter().map(|f| 1.0 - f).collect(),
        };
        let mut g = sum(2, &candidate, &c);
        activation::apply(params.activation, &mut g, &place)?;
        for (at, c) in c.iter_mut().enumerate() {
            *c = f[at] * *c + i[at] * g[at];
        }
        clip(&mut c, params.cell_clip);
        let mut o = sum(3, &output, &c);
        sigmoid(&mut o);
        let mut active = c.clone();
        activation::apply(params.activation, &mut active, &place)?;
        o.iter_mut().zip(&active).for_each(|(o, c)| *o *= c);
        inner.keep(4, &o);
        h = match &projection {
            Some(weights) => {
                let mut projected = vec![0.0; batch * outputs];
                quant_kernel::product(weights, Clamp::NONE, &o, &mut projected, 1);
                gates::add_rows(&mut projected, projection_bias);
                clip(&mut projected, params.proj_clip);
                projected
            }
            None => o,
        };
        for (b, from) in h.chunks_exact(outputs.max(1)).enumerate() {
            made[row(b) * outputs..][..outputs].copy_from_slice(from);
        }
    }
    inner.give(call);
    Ok(vec![
        Value::f32(sizes.shape.clone(), made),
        Value::f32(vec![batch, outputs], h),
        Value::f32(vec![batch, cells], c),
    ])
}
