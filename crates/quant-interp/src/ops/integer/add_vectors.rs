//! ADD as LiteRT's own kernels compute it: in vectors, inputs are rounded once, or cut, and sums of 8 bits wrap.

use super::operands;
use super::vectors::{Vectors, narrow};
use crate::ops::Call;
use crate::ops::support::broadcast;
use quant_ir::DType;
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_numeric::fixed::Multiplier;
use quant_numeric::fixed::shift::Word;
use quant_schema::ActivationFunctionType as Activation;

/// The sum; `spare` bits to spare, and the factors bring both inputs to twice the larger scale, and the sum to the output's.
pub fn eval(
    call: &Call<'_>,
    activation: Activation,
    spare: u32,
    [by_a, by_b, by]: [Multiplier; 3],
) -> Result<Vec<Value>> {
    let (a, b) = (operands::input(call, 0)?, operands::input(call, 1)?);
    let y = operands::output(call, 0)?;
    let (left, right) = (operands::integers(call, 0)?, operands::integers(call, 1)?);
    let (shape_a, shape_b) = (&call.input(0)?.shape, &call.input(1)?.shape);
    let shape = broadcast::shape(shape_a, shape_b, &call.place())?;
    let lanes = if y.dtype == DType::Uint8 { 8 } else { 16 };
    let wide = y.dtype == DType::Int16;
    let vectors = if wide && shape_a != shape_b {
        Vectors::none()
    } else {
        Vectors::of(shape_a, shape_b, (lanes, 8))
    };
    // Either the bits to spare and the factor's shift come first in one, or the shift comes last and cuts.
    let cuts = vectors.scalar || y.dtype == DType::Uint8;
    let scaled = |q: i32, by: Multiplier| match spare as i32 + by.exponent {
        _ if cuts => (q << spare).high_product(by.mantissa) >> -by.exponent.clamp(-31, 0),
        left @ 0.. => (q << left.min(spare as i32)).high_product(by.mantissa),
        right => (q >> right.max(-31).unsigned_abs()).high_product(by.mantissa),
    };
    let pairs = broadcast::combine((shape_a, &left), (shape_b, &right), &shape, |p: i32, q: i32| {
        (p - a.zero, q - b.zero)
    });
    let made = pairs.into_iter().enumerate().map(|(at, (p, q))| {
        if vectors.has(at) {
            let sum = by.times(scaled(p, by_a).wrapping_add(scaled(q, by_b)));
            if wide {
                sum.wrapping_add(y.zero)
            } else {
                narrow(sum, y.zero)
            }
        } else {
            let sum = by_a.times(p << spare).wrapping_add(by_b.times(q << spare));
            by.times(sum).wrapping_add(y.zero)
        }
    });
    let limits = y.activation(call, activation)?;
    let made: Vec<i32> = made.collect();
    Ok(vec![y.value(shape, made.into_iter(), limits)])
}
