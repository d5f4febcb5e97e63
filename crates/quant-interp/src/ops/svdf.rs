//! SVDF: a layer whose weights over time and features are a product of ranks ("Compressing Deep Neural Networks using a
//! Rank-Constrained Topology", Nakkiran et al. 2015).
//!
//! Each unit has `rank` filters. A filter multiplies the input with its row of feature weights, keeps the last products in
//! its memory, and multiplies the memory with its row of time weights; a unit is the sum of its filters, the bias, and the
//! activation. Inputs are `[batch, in]`, feature weights `[filters, in]`, time weights `[filters, memory]`, an optional bias
//! `[units]` and the memories, a variable `[batch, filters · memory]`.

use super::conv2d::add_bias;
use super::support::{activation, options};
use super::{Call, OpDef};
use quant_ir::Builtin;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_kernel::{self, Clamp, Packed};

/// The definition.
pub static DEF: OpDef = OpDef {
    builtin: Builtin::SVDF,
    name: "SVDF",
    inputs: (5, 5),
    shape: |call| {
        let sizes = Sizes::of(call)?;
        Ok(vec![vec![sizes.batch, sizes.units]])
    },
    eval,
};

/// The number of the input that is the memories.
const STATE: usize = 4;

/// Sizes of a call that fit each other.
pub struct Sizes {
    pub batch: usize,
    pub filters: usize,
    pub units: usize,
    pub memory: usize,
}

impl Sizes {
    pub fn of(call: &Call<'_>) -> Result<Self> {
        let rank = options::read!(call, SVDFOptions).rank;
        let shape = |at: usize| call.input(at).map(|value| value.shape.as_slice());
        let (input, features, time, state) = (shape(0)?, shape(1)?, shape(2)?, shape(STATE)?);
        if let (&[batch, inputs], &[filters, features], &[rows, memory]) = (input, features, time)
            && let Some(rank) = usize::try_from(rank).ok().filter(|rank| *rank > 0)
            && (features, rows, filters % rank) == (inputs, filters, 0)
            && filters
                .checked_mul(memory)
                .is_some_and(|size| *state == [batch, size])
            && memory > 0
        {
            let units = filters / rank;
            return Ok(Self {
                batch,
                filters,
                units,
                memory,
            });
        }
        Err(Error::new(
            call.place(),
            Problem::Shape(format!(
                "input {input:?}, feature weights {features:?}, time weights {time:?}, state {state:?} and rank {rank} do not fit"
            )),
            "give [batch, in], [filters, in], [filters, memory], [batch, filters · memory] and a rank that divides filters",
        ))
    }
}

fn eval(call: &Call<'_>) -> Result<Vec<Value>> {
    let Sizes {
        batch,
        filters,
        units,
        memory,
    } = Sizes::of(call)?;
    let variable = call.op.inputs.get(STATE).copied().flatten();
    if !variable.is_some_and(|id| call.graph.tensor(id).is_variable) {
        return Err(Error::new(
            call.place(),
            Problem::Operand(format!(
                "its state, input {STATE}, is no variable tensor: nothing would keep it"
            )),
            "mark the state as a variable",
        ));
    }
    let options = options::read!(call, SVDFOptions);
    let (features, weights) = call.f32(1)?;
    let packed = Packed::new(filters, features[1], weights, None).separate();
    let mut newest = vec![0.0; batch * filters];
    quant_kernel::product(&packed, Clamp::NONE, call.f32(0)?.1, &mut newest, 1);
    // Every memory forgets its oldest element.
    let (shape, state) = call.f32(STATE)?;
    let mut state = state.to_vec();
    for (memory, newest) in state.chunks_exact_mut(memory).zip(&newest) {
        memory.rotate_left(1);
        if let Some(last) = memory.last_mut() {
            *last = *newest;
        }
    }
    let time = call.f32(2)?.1;
    let of_filter = |(at, remembered): (usize, &[f32])| {
        let time = &time[at % filters * memory..][..memory];
        remembered.iter().zip(time).map(|(x, w)| x * w).sum::<f32>()
    };
    let made: Vec<f32> = state.chunks_exact(memory).enumerate().map(of_filter).collect();
    let rank = filters.checked_div(units).unwrap_or(1);
    let mut out: Vec<f32> = made
        .chunks_exact(rank)
        .map(|of_unit| of_unit.iter().sum())
        .collect();
    add_bias(call, 3, units, &mut out)?;
    activation::apply(options.fused_activation_function, &mut out, &call.place())?;
    Ok(vec![
        Value::f32(vec![batch, units], out),
        Value::f32(shape.to_vec(), state),
    ])
}
