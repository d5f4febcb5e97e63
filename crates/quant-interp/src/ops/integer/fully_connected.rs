//! FULLY_CONNECTED: rows of the input times rows of the weights, and the bias.
//!
//! Weights of 16 bits are activations, the right side of a product of matrices that a converter made a layer of.

use super::operands;
use super::profile::Profile;
use super::ready;
use crate::ops::Call;
use crate::ops::support::options;
use quant_ir::DType;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_numeric::fixed::Multiplier;
use quant_schema::TensorType;

/// The kernel.
pub fn eval(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    if operands::input(call, 1).is_ok_and(|weights| weights.dtype == DType::Int16) {
        return of_halves(call, profile);
    }
    if let Some(ready) = ready::fully_connected(call, profile)? {
        return ready::eval(call, &*ready);
    }
    let options = options::read!(call, FullyConnectedOptions);
    let shape = &call.input(1)?.shape;
    let &[outputs, depth] = shape.as_slice() else {
        let problem = Problem::Rank {
            what: "weights",
            found: shape.clone(),
            expected: 2,
        };
        return Err(Error::new(call.place(), problem, "give [out, in]"));
    };
    let (x, y) = (operands::input(call, 0)?, operands::output(call, 0)?);
    let (_, zero, per_channel) = operands::filter(call, 1, outputs)?;
    if profile == Profile::LitertReference {
        operands::named_bias(call, 2, x, options.quantized_bias_type, profile)?;
    }
    let (bias, wide) = operands::bias(call, 2, outputs)?;
    // Where there is none, the options say which one there would be.
    let wide = wide && (call.optional(2).is_some() || options.quantized_bias_type == TensorType::INT64);
    let rescales = ready::rescales(call, profile, (x, y), outputs, wide, per_channel)?;
    let (input, weights) = (operands::integers(call, 0)?, operands::integers(call, 1)?);
    let rows = input.chunks_exact(depth.max(1));
    let made = rows.flat_map(|row| {
        let (weights, bias, rescales) = (&weights, &bias, &rescales);
        (0..outputs).map(move |output| {
            let products = row.iter().zip(&weights[output * depth..][..depth]);
            let sum: i64 = products
                .map(|(a, w)| i64::from(a - x.zero) * i64::from(w - zero))
                .sum();
            let sum = bias[output].wrapping_add(sum);
            // Sums are as wide as the bias.
            let sum = if wide { sum } else { i64::from(sum as i32) };
            rescales[output].times(sum).wrapping_add(y.zero)
        })
    });
    let made: Vec<i32> = made.collect();
    let shape = super::super::fully_connected::DEF.shape;
    let limits = y.activation_of(call, options.fused_activation_function, profile)?;
    Ok(vec![y.value(
        shape(call)?.swap_remove(0),
        made.into_iter(),
        limits,
    )])
}

/// Weights of 16 bits and one scale: sums of 64 bits, which both profiles rescale alike.
fn of_halves(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, FullyConnectedOptions);
    let shape = (super::super::fully_connected::DEF.shape)(call)?.swap_remove(0);
    let &[outputs, depth] = call.input(1)?.shape.as_slice() else {
        let problem = "weights of 16 bits that are no matrix".into();
        return Err(Error::new(
            call.place(),
            Problem::NoKernel(problem),
            "give [out, in]",
        ));
    };
    let (x, w, y) = (
        operands::input(call, 0)?,
        operands::input(call, 1)?,
        operands::output(call, 0)?,
    );
    let (bias, wide) = operands::bias(call, 2, outputs)?;
    if (x.dtype, y.dtype) != (DType::Int16, DType::Int16) || (wide && call.optional(2).is_some()) {
        let problem = "weights of 16 bits go with activations of 16 and a bias of 32 or none".into();
        return Err(Error::new(
            call.place(),
            Problem::NoKernel(problem),
            "quantize weights to int8",
        ));
    }
    let by = Multiplier::of(f64::from(x.scale * w.scale) / f64::from(y.scale));
    let (input, weights) = (operands::integers(call, 0)?, operands::integers(call, 1)?);
    let mut made = Vec::with_capacity(shape.iter().product());
    for row in input.chunks_exact(depth.max(1)) {
        for (weights, bias) in weights.chunks_exact(depth.max(1)).zip(&bias) {
            let products = row.iter().zip(weights);
            let sum: i64 = products
                .map(|(a, b)| i64::from(a - x.zero) * i64::from(b - w.zero))
                .sum();
            made.push(by.times_wide(bias.wrapping_add(sum)).wrapping_add(y.zero));
        }
    }
    let limits = y.activation_of(call, options.fused_activation_function, profile)?;
    Ok(vec![y.value(shape, made.into_iter(), limits)])
}
