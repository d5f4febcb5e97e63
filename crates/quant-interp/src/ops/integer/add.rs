//! ADD and SUB: both inputs are brought to twice the larger scale, with bits to spare, and the result to the output's.

use super::operands;
use super::profile::Profile;
use crate::ops::Call;
use crate::ops::support::{broadcast, options};
use quant_ir::DType;
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_numeric::fixed::Multiplier;
use quant_schema::ActivationFunctionType as Activation;

/// The sum.
pub fn add(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, AddOptions);
    run(
        call,
        options.fused_activation_function,
        options.pot_scale_int16,
        i32::wrapping_add,
    )
}

/// The difference.
pub fn sub(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, SubOptions);
    run(
        call,
        options.fused_activation_function,
        options.pot_scale_int16,
        i32::wrapping_sub,
    )
}

fn run(call: &Call<'_>, activation: Activation, pot: bool, with: fn(i32, i32) -> i32) -> Result<Vec<Value>> {
    let (a, b, y) = (
        operands::input(call, 0)?,
        operands::input(call, 1)?,
        operands::output(call, 0)?,
    );
    let is_power = |scale: f32| scale.to_bits().trailing_zeros() >= 23;
    if a.dtype == DType::Int16 && pot && [a, b, y].iter().all(|side| is_power(side.scale)) {
        return Err(Error::new(
            call.place(),
            Problem::NoKernel("16-bit integers with scales that are powers of two have no kernel".into()),
            "quantize the float model again, with `pot_scale_int16` off",
        ));
    }
    let left = if a.dtype == DType::Int16 { 15 } else { 20 };
    let twice = f64::from(2.0 * a.scale.max(b.scale));
    let (by_a, by_b) = (
        Multiplier::of(f64::from(a.scale) / twice),
        Multiplier::of(f64::from(b.scale) / twice),
    );
    let by = Multiplier::of(twice / f64::from((1 << left) as f32 * y.scale));
    let (left_a, left_b) = (operands::integers(call, 0)?, operands::integers(call, 1)?);
    let (shape_a, shape_b) = (&call.input(0)?.shape, &call.input(1)?.shape);
    let shape = broadcast::shape(shape_a, shape_b, &call.place())?;
    let made = broadcast::combine(
        (shape_a, &left_a),
        (shape_b, &left_b),
        &shape,
        |p: i32, q: i32| {
            let (p, q) = ((p - a.zero) << left, (q - b.zero) << left);
            by.times(with(by_a.times(p), by_b.times(q))).wrapping_add(y.zero)
        },
    );
    let limits = y.activation(call, activation)?;
    Ok(vec![y.value(shape, made.into_iter(), limits)])
}
