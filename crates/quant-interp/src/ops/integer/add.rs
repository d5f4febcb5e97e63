//! ADD and SUB: both inputs are brought to twice the larger scale, with bits to spare, and the result to the output's.

use super::add_vectors;
use super::operands::{self, Side};
use super::profile::Profile;
use crate::ops::Call;
use crate::ops::support::{broadcast, options};
use quant_ir::error::{Error, Problem, Result};
use quant_ir::value::Value;
use quant_ir::{Builtin, DType};
use quant_numeric::fixed::Multiplier;
use quant_numeric::fixed::shift::Word;
use quant_numeric::round::half_away_f64;
use quant_schema::ActivationFunctionType as Activation;

/// The sum.
pub fn add(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, AddOptions);
    run(
        call,
        profile,
        options.fused_activation_function,
        options.pot_scale_int16,
        i32::wrapping_add,
    )
}

/// The difference.
pub fn sub(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, SubOptions);
    run(
        call,
        profile,
        options.fused_activation_function,
        options.pot_scale_int16,
        i32::wrapping_sub,
    )
}

/// Bits to spare of 8-bit integers.
pub const SHIFT: u32 = 20;

/// What brings both inputs, shifted to the left by some bits, to twice the larger scale, and their sum to the output's.
pub fn factors(left: u32, [a, b, y]: [Side; 3]) -> [Multiplier; 3] {
    let twice = f64::from(2.0 * a.scale.max(b.scale));
    let by = twice / f64::from((1 << left) as f32 * y.scale);
    [f64::from(a.scale) / twice, f64::from(b.scale) / twice, by].map(Multiplier::of)
}

fn run(
    call: &Call<'_>,
    profile: Profile,
    activation: Activation,
    pot: bool,
    with: fn(i32, i32) -> i32,
) -> Result<Vec<Value>> {
    let (a, b, y) = (
        operands::input(call, 0)?,
        operands::input(call, 1)?,
        operands::output(call, 0)?,
    );
    if a.dtype == DType::Int16
        && pot
        && let (Some(p), Some(q), Some(r)) = (power(a.scale), power(b.scale), power(y.scale))
    {
        let limits = y.activation(call, activation)?;
        return of_powers(call, with, (p - r, q - r), y, limits);
    }
    let left = if a.dtype == DType::Int16 { 15 } else { SHIFT };
    let [by_a, by_b, by] = factors(left, [a, b, y]);
    if by.exponent > 0 {
        // ADD ends the process, SUB shifts by a number below zero.
        return Err(Error::new(
            call.place(),
            Problem::NoKernel("its output's scale is too far below its inputs'".into()),
            "record ranges anew, or leave it in float",
        ));
    }
    if profile == Profile::Litert && call.op.code.builtin == Builtin::ADD {
        return add_vectors::eval(call, activation, left, [by_a, by_b, by]);
    }
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

/// The exponent of a scale that is a power of two, or nearly (`CheckedLog2`).
fn power(scale: f32) -> Option<i32> {
    let log = f64::from(scale).log2();
    let whole = half_away_f64(log);
    ((log - whole).abs() < 1e-3).then_some(whole as i32)
}

/// 16-bit integers whose scales are powers of two: one input has the output's scale, the other one is shifted, and the
/// sum saturates.
fn of_powers(
    call: &Call<'_>,
    with: fn(i32, i32) -> i32,
    (p, q): (i32, i32),
    y: Side,
    limits: (i32, i32),
) -> Result<Vec<Value>> {
    let (shape_a, shape_b) = (&call.input(0)?.shape, &call.input(1)?.shape);
    let fits = p <= 0 && q <= 0 && (p == 0 || q == 0);
    // The process ends where ADD has to broadcast.
    if !fits || (call.op.code.builtin == Builtin::ADD && shape_a != shape_b) {
        let what = if fits {
            "to broadcast"
        } else {
            "scales that do not fit"
        };
        return Err(Error::new(
            call.place(),
            Problem::NoKernel(format!(
                "16-bit integers whose scales are powers of two have no kernel for {what}"
            )),
            "quantize the float model again, with `pot_scale_int16` off",
        ));
    }
    let (left, right) = (operands::integers(call, 0)?, operands::integers(call, 1)?);
    let shape = broadcast::shape(shape_a, shape_b, &call.place())?;
    let shifted = |q: i32, by: i32| i32::from((q as i16).rounding_shift_right(by.unsigned_abs()));
    let made = broadcast::combine((shape_a, &left), (shape_b, &right), &shape, |a: i32, b: i32| {
        with(shifted(a, p), shifted(b, q))
    });
    Ok(vec![y.value(shape, made.into_iter(), limits)])
}
