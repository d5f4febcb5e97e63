//! SVDF with activations of 8 bits and a memory of 16: both profiles compute the same.

use super::operands;
use super::profile::Profile;
use crate::ops::Call;
use crate::ops::support::options;
use crate::ops::svdf::Sizes;
use quant_ir::DType;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::{Data, Value};
use quant_numeric::fixed::Multiplier;
use quant_schema::ActivationFunctionType as Activation;

/// The kernel. The fused RELU, which LiteRT demands, is what the output's limits leave of it.
pub fn eval(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let refused = |what: &str| {
        let problem = Problem::NoKernel(format!("{what} have no integer kernel"));
        Error::new(call.place(), problem, "leave it in float")
    };
    let sizes = Sizes::of(call)?;
    let (filters, memory) = (sizes.filters, sizes.memory);
    if options::read!(call, SVDFOptions).fused_activation_function != Activation::RELU {
        return Err(refused("other activations than RELU"));
    }
    let [x, features, time, state] = [0, 1, 2, 4].map(|at| operands::input(call, at));
    let (x, features, time, state, y) = (x?, features?, time?, state?, operands::output(call, 0)?);
    let types = [x, features, time, state, y].map(|side| side.dtype);
    if types != [DType::Int8, DType::Int8, DType::Int16, DType::Int16, DType::Int8] {
        return Err(refused("other types than int8, and int16 of time"));
    }
    let newest = Multiplier::of(f64::from(x.scale * features.scale / state.scale));
    let output = Multiplier::of(f64::from(state.scale * time.scale / y.scale));
    let bias = match call.optional(3) {
        Some(_) => operands::integers(call, 3)?,
        None => vec![0; sizes.units],
    };
    if bias.len() != sizes.units {
        return Err(refused("biases of other sizes"));
    }
    let (input, weights) = (operands::integers(call, 0)?, operands::integers(call, 1)?);
    let time = operands::integers(call, 2)?;
    let mut states = operands::integers(call, 4)?;
    let depth = input.len() / sizes.batch.max(1);
    for (at, states) in states.chunks_exact_mut(memory).enumerate() {
        let row = &input[at / filters * depth..][..depth];
        let weights = &weights[at % filters * depth..][..depth];
        let products = row
            .iter()
            .zip(weights)
            .map(|(q, w)| w.wrapping_mul(q.wrapping_sub(x.zero)));
        states.rotate_left(1);
        if let Some(last) = states.last_mut() {
            let sum = products.fold(0, i32::wrapping_add);
            *last = newest.times(sum).clamp(-32768, 32767);
        }
    }
    let of_filter = |(at, states): (usize, &[i32])| {
        let time = &time[at % filters * memory..][..memory];
        let products = states.iter().zip(time).map(|(q, w)| q.wrapping_mul(*w));
        products.fold(0, i32::wrapping_add)
    };
    let sums: Vec<i32> = states.chunks_exact(memory).enumerate().map(of_filter).collect();
    let rank = filters.checked_div(sizes.units).unwrap_or(1);
    let units = sums.chunks_exact(rank).enumerate();
    let made = units.map(|(at, sums)| {
        let sum = sums
            .iter()
            .copied()
            .fold(bias[at % sizes.units], i32::wrapping_add);
        output.times(sum).wrapping_add(y.zero)
    });
    Ok(vec![
        y.value(vec![sizes.batch, sizes.units], made, y.limits()),
        Value {
            shape: call.input(4)?.shape.clone(),
            data: Data::I16(states.into_iter().map(|q| q as i16).collect()),
        },
    ])
}
