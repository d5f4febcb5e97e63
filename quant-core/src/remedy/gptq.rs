//! GPTQ (Frantar et al. 2022) for FULLY_CONNECTED: columns of weights are rounded one after the other, and those behind make up
//! for the error, by the Cholesky factor of the inverse of `H = 2·X·Xᵀ`. X are the inputs of the network quantized so far;
//! columns that are always 0 are rounded as they are. In f64.

use quant_ir::Model;
use quant_ir::error::Result;
use quant_numeric::round::half_away_f64;

use super::done::Done;
use super::edit::{Edit, operand};
use super::kind::{Remedy, Room};
use super::layer::{Kind, Layer};
use super::layerwise::{Cure, Layerwise, Visit};
use super::numbers::{Integers, Numbers};
use crate::cholesky;

/// Longer rows are left to the scheme: their matrix takes more than 128 MiB.
const LONGEST: usize = 4096;

struct Gptq<'a> {
    work: &'a Model,
    rounded: Vec<(Layer, Vec<f32>)>,
    long: usize,
}

impl Cure for Gptq<'_> {
    fn weights(&mut self, visit: &Visit<'_>) -> Result<Option<Vec<f32>>> {
        let layer = visit.layer;
        let Some(weights) = operand(self.work, layer.op, 1).filter(|_| layer.kind == Kind::Dense) else {
            return Ok(None);
        };
        let columns = layer.shape[1];
        if columns > LONGEST {
            self.long += 1;
            return Ok(None);
        }
        let mut hessian = vec![0.0f64; columns * columns];
        let values = visit.quantized.iter().filter_map(|value| value.as_f32());
        for row in values.flat_map(|values| values.chunks_exact(columns)) {
            for (i, a) in row.iter().enumerate().filter(|(_, a)| **a != 0.0) {
                let line = &mut hessian[i * columns..(i + 1) * columns];
                let a = 2.0 * f64::from(*a);
                line.iter_mut()
                    .zip(row)
                    .for_each(|(sum, b)| *sum += a * f64::from(*b));
            }
        }
        let Some(factor) = factor(hessian, columns) else {
            return Ok(None);
        };
        let rounded = rounded(&weights, visit.integers, &factor, columns);
        self.rounded.push((layer.clone(), rounded.clone()));
        Ok(Some(rounded))
    }
}

/// Rounds rows of so many columns.
fn rounded(weights: &[f32], integers: &Integers, factor: &[f64], columns: usize) -> Vec<f32> {
    let mut rounded = vec![0.0f32; weights.len()];
    for (row, line) in weights.chunks_exact(columns).enumerate() {
        let mut line: Vec<f64> = line.iter().map(|x| f64::from(*x)).collect();
        for column in 0..columns {
            let at = row * columns + column;
            let channel = integers.channel(at);
            let (scale, zero) = (f64::from(integers.scales[channel]), integers.zero_points[channel]);
            let (low, high) = (
                (integers.limits.0 - zero) as f64,
                (integers.limits.1 - zero) as f64,
            );
            // The ends hold the scale, and stay.
            let own = if scale > 0.0 {
                f64::from(weights[at]) / scale
            } else {
                0.0
            };
            let q = if own >= high - 0.01 || own <= low + 0.01 {
                own
            } else {
                line[column] / scale
            };
            let q = if scale > 0.0 {
                half_away_f64(q).clamp(low, high)
            } else {
                0.0
            };
            rounded[at] = q as f32 * integers.scales[channel];
            let part = &factor[column * columns..(column + 1) * columns];
            let error = (line[column] - f64::from(rounded[at])) / part[column];
            let later = line[column + 1..].iter_mut().zip(&part[column + 1..]);
            later.for_each(|(weight, h)| *weight -= error * h);
        }
    }
    rounded
}

/// The upper factor of the inverse of the damped matrix, `H⁻¹ = Uᵀ·U`; `None` when it has none.
fn factor(h: Vec<f64>, n: usize) -> Option<Vec<f64>> {
    // Its own lower factor, turned over.
    let lower = cholesky::factor(cholesky::inverse_of_damped(h, n)?, n)?;
    let mut upper = vec![0.0f64; n * n];
    for i in 0..n {
        (0..=i).for_each(|j| upper[j * n + i] = lower[i * n + j]);
    }
    Some(upper)
}

/// Rounds the weights of all FULLY_CONNECTED.
///
/// # Errors
/// As [`Layerwise::run`].
pub fn run(reference: &Model, model: &mut Model, numbers: &Numbers, room: Room<'_>) -> Result<Done> {
    let mut cure = Gptq {
        work: model,
        rounded: Vec::new(),
        long: 0,
    };
    let records = Layerwise {
        reference,
        work: model,
        numbers,
        room,
    }
    .run(&mut cure)?;
    let (rounded, long) = (cure.rounded, cure.long);
    let mut edit = Edit::of(model);
    for (layer, weights) in &rounded {
        edit.set(layer.op, 1, weights)?;
    }
    let mut what = match rounded.len() {
        0 => "no FULLY_CONNECTED has weights that become integers".to_owned(),
        layers => format!("weights of {layers} FULLY_CONNECTED rounded, on {records} records"),
    };
    if long > 0 {
        what = format!("{what}; {long} with rows of more than {LONGEST} stay as the scheme rounds them");
    }
    Ok(Done::new(Remedy::Gptq, rounded.len(), what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_are_nearer_than_with_the_nearest_integers() {
        // Sixteen columns that go up and down together, and a little for themselves.
        let columns = 16;
        let number = |at: usize| {
            let x = (at as u64 + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15);
            let x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
            ((x ^ (x >> 27)) >> 11) as f64 / (1u64 << 52) as f64 - 1.0
        };
        let row = |at: usize| -> Vec<f64> {
            let common = number(at + 100_000);
            (0..columns)
                .map(|c| common + 0.3 * number(at * columns + c))
                .collect()
        };
        let inputs: Vec<Vec<f64>> = (0..200).map(row).collect();
        let mut hessian = vec![0.0; columns * columns];
        for (i, j) in (0..columns).flat_map(|i| (0..columns).map(move |j| (i, j))) {
            hessian[i * columns + j] = inputs.iter().map(|row| 2.0 * row[i] * row[j]).sum();
        }
        let weights: Vec<f32> = (0..8 * columns).map(|at| number(at + 50_000) as f32).collect();
        let largest = weights.iter().fold(0.0f32, |most, x| most.max(x.abs()));
        let integers = Integers::symmetric(largest / 7.0, 7);
        let error = |rounded: &[f32]| -> f64 {
            let rows = rounded.chunks(columns).zip(weights.chunks(columns));
            rows.flat_map(|(is, was)| {
                inputs.iter().map(move |input| {
                    let terms = is.iter().zip(was).zip(input);
                    terms
                        .map(|((is, was), x)| f64::from(is - was) * x)
                        .sum::<f64>()
                        .powi(2)
                })
            })
            .sum()
        };
        let scale = integers.scales[0];
        let nearest: Vec<f32> = weights
            .iter()
            .map(|x| half_away_f64(f64::from(x / scale)) as f32 * scale)
            .collect();
        let rounded = rounded(&weights, &integers, &factor(hessian, columns).unwrap(), columns);
        assert!(rounded.iter().all(|x| (x / scale).abs() < 7.01));
        let (better, was) = (error(&rounded), error(&nearest));
        assert!(better < 0.4 * was, "{better} {was}");
    }
}
