//! One gate: its weights, and the sum before its activation.

use super::operands::{self, Sizes};
use crate::ops::Call;
use quant_ir::error::{Error, Problem, Result};
use quant_kernel::{Clamp, Packed, product};

/// Added to the variance of layer norm.
const NORM_EPSILON: f32 = 1e-8;

/// What belongs to a gate; all but the two products may be absent.
pub struct Gate<'a> {
    weights: Packed,
    recurrent: Packed,
    peephole: Option<&'a [f32]>,
    bias: Option<&'a [f32]>,
    norm: Option<&'a [f32]>,
}

impl<'a> Gate<'a> {
    /// The gate `number`: 0 input, 1 forget, 2 cell, 3 output.
    pub fn of(call: &Call<'a>, sizes: &Sizes, number: usize) -> Result<Self> {
        let required = |at: usize, columns: usize| {
            let weights = operands::read(call, at, &[sizes.cells, columns])?.ok_or_else(|| {
                Error::new(
                    call.place(),
                    Problem::MissingInput { index: at },
                    "give the gate both its products",
                )
            })?;
            Ok(Packed::new(sizes.cells, columns, weights, None))
        };
        // The cell gate has no peephole: inputs 9 to 11 are those of the others.
        let peephole = [Some(9), Some(10), None, Some(11)][number];
        let read = |at: usize| operands::read(call, at, &[sizes.cells]);
        Ok(Self {
            weights: required(1 + number, sizes.inputs)?,
            recurrent: required(5 + number, sizes.outputs)?,
            peephole: peephole.map(read).transpose()?.flatten(),
            bias: read(12 + number)?,
            norm: read(20 + number)?,
        })
    }

    /// `W x + R h + p ∘ c + b`, normalized before the bias where there are coefficients; `[batch, cells]`. `inner` is told
    /// what is normalized.
    pub fn sum(
        &self,
        sizes: &Sizes,
        x: &[f32],
        h: &[f32],
        c: &[f32],
        inner: &mut dyn FnMut(&[f32]),
    ) -> Vec<f32> {
        let (batch, cells) = (sizes.batch, sizes.cells);
        let mut sum = vec![0.0; batch * cells];
        product(&self.weights, Clamp::NONE, x, &mut sum, 1);
        let mut recurrent = vec![0.0; batch * cells];
        product(&self.recurrent, Clamp::NONE, h, &mut recurrent, 1);
        sum.iter_mut().zip(&recurrent).for_each(|(sum, r)| *sum += r);
        if let Some(peephole) = self.peephole {
            let weights = peephole.iter().cycle();
            sum.iter_mut()
                .zip(c.iter().zip(weights))
                .for_each(|(sum, (c, p))| *sum += c * p);
        }
        if let Some(norm) = self.norm {
            inner(&sum);
            for row in sum.chunks_exact_mut(cells.max(1)) {
                normalize(row);
                row.iter_mut().zip(norm).for_each(|(x, n)| *x *= n);
            }
        }
        add_rows(&mut sum, self.bias);
        sum
    }
}

/// To mean 0 and variance 1.
fn normalize(row: &mut [f32]) {
    let count = row.len() as f32;
    let mean = row.iter().sum::<f32>() / count;
    let variance = row.iter().map(|x| (x - mean) * (x - mean)).sum::<f32>() / count;
    let factor = 1.0 / (variance + NORM_EPSILON).sqrt();
    row.iter_mut().for_each(|x| *x = (*x - mean) * factor);
}

/// Adds a row to each row.
pub fn add_rows(rows: &mut [f32], row: Option<&[f32]>) {
    if let Some(row) = row {
        rows.iter_mut().zip(row.iter().cycle()).for_each(|(x, b)| *x += b);
    }
}

/// The logistic function.
pub fn sigmoid(values: &mut [f32]) {
    values.iter_mut().for_each(|x| *x = 1.0 / (1.0 + (-*x).exp()));
}

/// Keeps values within ±limit, when there is one.
pub fn clip(values: &mut [f32], limit: f32) {
    if limit > 0.0 {
        values.iter_mut().for_each(|x| *x = x.clamp(-limit, limit));
    }
}
