//! Biases beside integer activations: their scale is that of the input times that of the weights.

use std::rc::Rc;

use quant_ir::DType;
use quant_numeric::round::{half_even_f32, half_even_f64};

use super::coding::{Scales, Uniform};

/// A bias: its parameters and integers.
///
/// Beside activations of 8 bits it has 32, beside those of 16 bits 64, of which it uses 32 too, as kernels and
/// accelerators have no more. The original clips in f32, in which 2147483647 is one more, and the conversion to integers
/// makes the least one of that (`compat`).
pub fn coding(values: &[f32], input: &Uniform, weights: &[f32], compat: bool) -> Uniform {
    let (scale, wide): (Vec<f32>, Option<Vec<f64>>) = match &input.scale {
        Scales::Single(input) => (weights.iter().map(|weights| input[0] * weights).collect(), None),
        Scales::Scalar(input) => {
            let wide: Vec<f64> = weights
                .iter()
                .map(|weights| input * f64::from(*weights))
                .collect();
            (wide.iter().map(|scale| *scale as f32).collect(), Some(wide))
        }
    };
    let long = input.bits == 16;
    let most = i64::from(i32::MAX);
    let count = scale.len().max(1);
    let quantize = |(at, value): (usize, &f32)| {
        if let Some(wide) = &wide {
            let q = half_even_f64(f64::from(*value) / wide[at % count]);
            (q as i64).clamp(-most, most)
        } else {
            let q = half_even_f32(value / scale[at % count]);
            if compat && q >= most as f32 {
                i64::from(i32::MIN)
            } else if compat {
                (q as i64).max(i64::from(i32::MIN))
            } else {
                (q as i64).clamp(-most, most)
            }
        }
    };
    let integers: Vec<i64> = values.iter().enumerate().map(quantize).collect();
    let bits = if long { 64 } else { 32 };
    let dtype = if long { DType::Int64 } else { DType::Int32 };
    Uniform {
        bits,
        signed: true,
        symmetric: true,
        narrow: true,
        zero_point: vec![0; scale.len()],
        axis: (scale.len() > 1).then_some(0),
        scale: Scales::Single(scale),
        block: 0,
        hadamard: None,
        rank: 1,
        data: Some(Rc::new(dtype.encode(&integers))),
    }
}

/// Scales of weights with which a bias does not overflow 32 bits: those that are too small grow until the largest
/// bias is the greatest integer. `None` when all are large enough.
pub fn roomy(bias: &[f32], input: &Uniform, weights: &[f32]) -> Option<Vec<f32>> {
    let input = f64::from(input.scale.singles()[0]);
    // A little more, so that rounding to f32 does not undo it.
    let most = f64::from(i32::MAX) * (1.0 - f64::from(f32::EPSILON));
    let mut grown = weights.to_vec();
    for (at, value) in bias.iter().enumerate() {
        let scale = &mut grown[at % weights.len().max(1)];
        let least = f64::from(value.abs()) / (input * most);
        if f64::from(*scale) < least {
            *scale = (least as f32).next_up();
        }
    }
    (grown != weights).then_some(grown)
}
