//! SVDF: features by integers, the rest in floats.

use super::fully_connected::accumulate;
use super::input::{self, Rows};
use super::lanes;
use super::weights::{self, Weights, unfit};
use crate::ops::Call;
use crate::ops::conv2d::add_bias;
use crate::ops::integer::profile::Profile;
use crate::ops::support::options;
use crate::ops::svdf::Sizes;
use quant_ir::DType;
use quant_ir::error::Result;
use quant_ir::value::Value;

/// Numbers of inputs.
const FEATURES: usize = 1;
const TIME: usize = 2;
const BIAS: usize = 3;
const STATE: usize = 4;

/// The kernel.
pub fn eval(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, SVDFOptions);
    let Sizes {
        batch,
        filters,
        units,
        memory,
    } = Sizes::of(call)?;
    let variable = call.op.inputs.get(STATE).copied().flatten();
    if !variable.is_some_and(|id| call.graph.tensor(id).is_variable) {
        return Err(unfit(call, "its state is no variable"));
    }
    let (shape, x) = input::finite(call, 0)?;
    let features = Weights::of_one_scale(call, FEATURES)?;
    if weights::tensor(call, TIME)?.dtype == DType::Float32 {
        return Err(unfit(
            call,
            "float time weights beside integer features, which the kernel takes for integers",
        ));
    }
    let time = Weights::of_one_scale(call, TIME)?.floats();
    let mut newest = vec![0.0; batch * filters];
    if x.iter().any(|x| *x != 0.0) {
        let k = shape[1];
        accumulate(
            k,
            &features,
            &Rows::of(x, k, options.asymmetric_quantize_inputs),
            &mut newest,
        );
    }
    let (shape, state) = call.f32(STATE)?;
    let mut state = state.to_vec();
    for (memory, newest) in state.chunks_exact_mut(memory).zip(&newest) {
        memory.rotate_left(1);
        if let Some(last) = memory.last_mut() {
            *last = *newest;
        }
    }
    let of_filters: Vec<f32> = state
        .chunks_exact(memory)
        .zip(time.chunks_exact(memory).cycle())
        .map(|(state, time)| lanes::dot(time, state))
        .collect();
    let rank = filters.checked_div(units).unwrap_or(1).max(1);
    let mut out: Vec<f32> = of_filters.chunks_exact(rank).map(lanes::sum).collect();
    add_bias(call, BIAS, units, &mut out)?;
    input::activate(call, options.fused_activation_function, &mut out)?;
    Ok(vec![
        Value::f32(vec![batch, units], out),
        Value::f32(shape.to_vec(), state),
    ])
}
