//! LiteRT's kernel of constant 4-bit weights, which FULLY_CONNECTED takes without delegates: for 4 outputs or more and an even
//! number of 32 inputs or more.
//!
//! It adds 7 to the weights, and takes that off again in floats:
//! `y = (b + (f32(−7 Σ q) · s) · s_w) + (f32(Σ (w + 7) q) · s) · s_w`, whether inputs are to be asymmetric or not.

use super::input::Rows;
use super::weights::{self, Weights, unfit};
use crate::constant;
use crate::ops::Call;
use quant_ir::error::Result;
use quant_ir::value::Data;
use quant_kernel::integer;
use quant_numeric::dynamic;

/// Rows of the input; `out` has the bias of each.
pub fn rows(
    call: &Call<'_>,
    k: usize,
    weights: &Weights,
    x: &[f32],
    biased: bool,
    out: &mut [f32],
) -> Result<()> {
    let lifted: Vec<i16> = weights.integers.iter().map(|w| w + 7).collect();
    if lifted.contains(&-1) {
        return Err(unfit(
            call,
            "4-bit weights of −8, which the kernel takes for something else",
        ));
    }
    let outputs = lifted.len() / k;
    let mut integers = vec![0; k];
    let mut sums = vec![0; outputs];
    for (row, out) in x.chunks_exact(k).zip(out.chunks_exact_mut(outputs)) {
        let scale = dynamic::symmetric_in_f64(row, &mut integers);
        integer::product(k, &integers, &lifted, &mut sums);
        let offset: i32 = integers.iter().map(|q| -7 * i32::from(*q)).sum();
        let offset = offset as f32 * scale;
        for (at, (out, sum)) in out.iter_mut().zip(&sums).enumerate() {
            let of_channel = weights.scales.get(at).filter(|_| weights.per_channel());
            let of_channel = of_channel.unwrap_or(&weights.scales[0]);
            // Without a bias nothing is added, and a zero keeps its sign.
            let begin = offset * of_channel;
            let begin = if biased { begin + *out } else { begin };
            *out = begin + *sum as f32 * scale * of_channel;
        }
    }
    Ok(())
}

/// Weights in blocks, each with a scale of half precision: `y = (Σ f32(Σ w q) · s_w − z · Σ s_w · f32(Σ w)) · s + b`, where the
/// outer sums are of floats, block after block. Inputs are always asymmetric, and a fused activation is left out.
pub fn blocks(
    call: &Call<'_>,
    (k, outputs): (usize, usize),
    (scales, size): (i32, i32),
    x: &[f32],
    bias: Option<&[f32]>,
) -> Result<Vec<f32>> {
    let scales = of_blocks(call, scales)?;
    let size = usize::try_from(size)
        .ok()
        .filter(|size| *size > 0 && k.is_multiple_of(*size) && scales.len() == outputs * (k / *size))
        .ok_or_else(|| unfit(call, "its blocks and scales do not fill the weights"))?;
    let weights = weights::integers(call, 1)?;
    let rows = Rows::of(x, k, true);
    let mut made = Vec::with_capacity(x.len() / k * outputs);
    for (row, (scale, zero)) in rows
        .integers
        .chunks_exact(k)
        .zip(rows.scales.iter().zip(&rows.zeros))
    {
        let channels = weights.chunks_exact(k).zip(scales.chunks_exact(k / size));
        for (channel, (weights, scales)) in channels.enumerate() {
            let (mut sum, mut of_weights) = (0.0f32, 0.0f32);
            let blocks = weights.chunks_exact(size).zip(row.chunks_exact(size));
            for ((weights, row), scale) in blocks.zip(scales) {
                let pairs = weights.iter().zip(row);
                let products: i32 = pairs.map(|(w, q)| i32::from(*w) * i32::from(*q)).sum();
                sum += products as f32 * scale;
                of_weights += scale * weights.iter().map(|w| i32::from(*w)).sum::<i32>() as f32;
            }
            sum -= *zero as f32 * of_weights;
            sum *= scale;
            made.push(bias.map_or(sum, |bias| sum + bias[channel]));
        }
    }
    Ok(made)
}

/// The scales of blocks, from the tensor that has them.
pub fn of_blocks(call: &Call<'_>, number: i32) -> Result<Vec<f32>> {
    let tensor = usize::try_from(number)
        .ok()
        .and_then(|at| call.graph.tensors().get(at));
    let value = match tensor {
        Some(tensor) => constant(call.model, tensor)?,
        None => None,
    };
    match value.map(|value| value.data) {
        Some(Data::F16(scales)) => Ok(scales.into_iter().map(half::f16::to_f32).collect()),
        _ => Err(unfit(call, "the scales of its blocks are no constant of float16")),
    }
}
