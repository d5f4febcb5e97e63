//! The float input of a kernel, and what becomes of its rows.

use crate::ops::Call;
use crate::ops::place;
use quant_ir::error::{Error, Problem, Result};
use quant_numeric::{dynamic, sigmoid};
use quant_schema::ActivationFunctionType as Activation;

/// Rows as integers, with a scale and a zero point each.
pub struct Rows {
    pub integers: Vec<i16>,
    pub scales: Vec<f32>,
    pub zeros: Vec<i32>,
}

impl Rows {
    /// Rows of `k` elements.
    pub fn of(values: &[f32], k: usize, asymmetric: bool) -> Self {
        let mut made = Self {
            integers: vec![0; values.len()],
            scales: Vec::new(),
            zeros: Vec::new(),
        };
        let k = k.max(1);
        for (row, out) in values.chunks_exact(k).zip(made.integers.chunks_exact_mut(k)) {
            let (scale, zero) = if asymmetric {
                dynamic::asymmetric(row, out)
            } else {
                (dynamic::symmetric(row, out), 0)
            };
            made.scales.push(scale);
            made.zeros.push(zero);
        }
        made
    }
}

/// The elements of a float input.
///
/// # Errors
/// One of them is no finite number: what a runtime makes of a row of those depends on where they stand.
pub fn finite<'c>(call: &Call<'c>, index: usize) -> Result<(&'c [usize], &'c [f32])> {
    let (shape, values) = call.f32(index)?;
    all_finite(call, values, "give finite data: integers have no scale for it")?;
    Ok((shape, values))
}

/// Integers of rows that a step hands on to the next, unless all are zeros.
///
/// # Errors
/// One of them is no finite number.
pub fn handed_on(call: &Call<'_>, values: &[f32], k: usize, asymmetric: bool) -> Result<Option<Rows>> {
    all_finite(
        call,
        values,
        "its state grew without end: bound it by an activation",
    )?;
    let any = values.iter().any(|x| *x != 0.0);
    Ok(any.then(|| Rows::of(values, k, asymmetric)))
}

fn all_finite(call: &Call<'_>, values: &[f32], hint: &'static str) -> Result<()> {
    let Some(element) = values.iter().position(|x| !x.is_finite()) else {
        return Ok(());
    };
    let value = values[element];
    Err(Error::new(
        place(call.graph, call.op),
        Problem::NotFinite { element, value },
        hint,
    ))
}

/// Lowest and highest value that a fused activation leaves, as convolutions clamp: infinities become the largest floats.
pub fn limits(call: &Call<'_>, activation: Activation) -> Result<(f32, f32)> {
    Ok(match activation {
        Activation::NONE => (f32::MIN, f32::MAX),
        Activation::RELU => (0.0, f32::MAX),
        Activation::RELU_N1_TO_1 => (-1.0, 1.0),
        Activation::RELU6 => (0.0, 6.0),
        other => return Err(no_activation(call, other)),
    })
}

/// A fused activation as operators without limits apply it, in place.
pub fn activate(call: &Call<'_>, activation: Activation, values: &mut [f32]) -> Result<()> {
    let (low, high) = match activation {
        Activation::NONE => return Ok(()),
        Activation::RELU => (0.0, f32::INFINITY),
        Activation::RELU_N1_TO_1 => (-1.0, 1.0),
        Activation::RELU6 => (0.0, 6.0),
        Activation::TANH => {
            values.iter_mut().for_each(|x| *x = sigmoid::tanh(*x));
            return Ok(());
        }
        other => return Err(no_activation(call, other)),
    };
    for x in values {
        // A zero of either sign becomes the bound.
        if *x <= low {
            *x = low;
        } else if *x > high {
            *x = high;
        }
    }
    Ok(())
}

fn no_activation(call: &Call<'_>, activation: Activation) -> Error {
    Error::new(
        call.place(),
        Problem::NoKernel(format!(
            "{activation:?} cannot be fused into an operator with integer weights"
        )),
        "keep the activation as an operator of its own",
    )
}
