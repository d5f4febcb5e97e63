//! MUL: products, times the product of the scales in f32.

use super::operands;
use super::profile::Profile;
use super::vectors::{Vectors, narrow};
use crate::ops::Call;
use crate::ops::support::{broadcast, options};
use quant_ir::DType;
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_numeric::fixed::Multiplier;

/// The kernel.
pub fn eval(call: &Call<'_>, profile: Profile) -> Result<Vec<Value>> {
    let options = options::read!(call, MulOptions);
    let (a, b, y) = (
        operands::input(call, 0)?,
        operands::input(call, 1)?,
        operands::output(call, 0)?,
    );
    let by = Multiplier::of(f64::from(a.scale * b.scale / y.scale));
    let (left, right) = (operands::integers(call, 0)?, operands::integers(call, 1)?);
    let (shape_a, shape_b) = (&call.input(0)?.shape, &call.input(1)?.shape);
    let shape = broadcast::shape(shape_a, shape_b, &call.place())?;
    let made = broadcast::combine((shape_a, &left), (shape_b, &right), &shape, |p: i32, q: i32| {
        by.times((p - a.zero).wrapping_mul(q - b.zero))
    });
    let short = matches!(y.dtype, DType::Int8 | DType::Uint8);
    let lanes = if y.dtype == DType::Uint8 { 8 } else { 16 };
    let vectors =
        (profile == Profile::Litert && short).then(|| Vectors::of(shape_a, shape_b, (lanes, lanes)));
    // Vectors that are shifted to the left by all bits are 0; numbers take the count modulo 32.
    let lost = by.exponent > 31;
    let made = made.into_iter().enumerate().map(|(at, product)| match &vectors {
        Some(vectors) if lost && vectors.has(at) => y.zero,
        // Products beyond 16 bits wrap where uint8 meets one element, and saturate elsewhere; the sum with the zero point wraps.
        Some(vectors) if vectors.has(at) && vectors.scalar && y.dtype == DType::Uint8 => {
            narrow(product, y.zero)
        }
        Some(vectors) if vectors.has(at) => narrow(product.clamp(-32768, 32767), y.zero),
        _ => product.wrapping_add(y.zero),
    });
    let limits = y.activation(call, options.fused_activation_function)?;
    Ok(vec![y.value(shape, made, limits)])
}
