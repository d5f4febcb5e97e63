//! One gate of an LSTM: its weights, and its values.

use super::fully_connected::accumulate;
use super::input::Rows;
use super::lanes;
use super::weights::{Weights, unfit};
use crate::ops::Call;
use crate::ops::support::lstm::Sizes;
use quant_ir::error::Result;
use quant_numeric::sigmoid;

/// What a step gives all gates; nothing where all of it is zeros.
pub struct Given {
    pub x: Option<Rows>,
    pub h: Option<Rows>,
}

/// What belongs to a gate; all but the two products may be absent.
pub struct Gate<'a> {
    cells: usize,
    inputs: usize,
    outputs: usize,
    weights: Weights,
    recurrent: Weights,
    peephole: Option<Vec<f32>>,
    bias: Option<&'a [f32]>,
    norm: Option<&'a [f32]>,
}

impl<'a> Gate<'a> {
    /// The gate `number`: 0 input, 1 forget, 2 cell, 3 output.
    pub fn of(call: &Call<'a>, sizes: &Sizes, number: usize) -> Result<Self> {
        let &Sizes {
            cells,
            inputs,
            outputs,
            ..
        } = sizes;
        let product = |at: usize, columns: usize| {
            if call.input(at)?.shape != [cells, columns] {
                return Err(unfit(
                    call,
                    "weights of a gate have another shape than the others",
                ));
            }
            Weights::of_one_scale(call, at)
        };
        // The cell gate has no peephole: inputs 9 to 11 are those of the others.
        let peephole = [Some(9), Some(10), None, Some(11)][number];
        let peephole = peephole.filter(|at| call.optional(*at).is_some());
        let peephole = match peephole {
            Some(at) if call.input(at)?.len() == cells => Some(Weights::of_one_scale(call, at)?.floats()),
            Some(_) => return Err(unfit(call, "peephole weights are not [cells]")),
            None => None,
        };
        Ok(Self {
            cells,
            inputs,
            outputs,
            weights: product(1 + number, inputs)?,
            recurrent: product(5 + number, outputs)?,
            peephole,
            bias: bias(call, 12 + number, cells)?,
            norm: bias(call, 20 + number, cells)?,
        })
    }

    /// `b + W x + R h + p ∘ c` for `count` values; with layer norm the bias is added behind it.
    pub fn sum(&self, given: &Given, c: Option<&[f32]>, count: usize) -> Vec<f32> {
        let bias = self.bias.filter(|_| self.norm.is_none());
        let mut sum: Vec<f32> = match bias {
            Some(bias) => bias.iter().copied().cycle().take(count).collect(),
            None => vec![0.0; count],
        };
        if let Some(x) = &given.x {
            accumulate(self.inputs, &self.weights, x, &mut sum);
        }
        if let Some(h) = &given.h {
            accumulate(self.outputs, &self.recurrent, h, &mut sum);
        }
        if let (Some(peephole), Some(c)) = (&self.peephole, c) {
            let products = peephole.iter().cycle().zip(c);
            sum.iter_mut()
                .zip(products)
                .for_each(|(sum, (p, c))| *sum += p * c);
        }
        if let Some(norm) = self.norm {
            for row in sum.chunks_exact_mut(self.cells.max(1)) {
                lanes::normalize(row);
                row.iter_mut().zip(norm).for_each(|(x, n)| *x *= n);
                if let Some(bias) = self.bias {
                    row.iter_mut().zip(bias).for_each(|(x, b)| *x += b);
                }
            }
        }
        sum
    }

    /// Its values behind the logistic function; `begin` is where they stand in LiteRT's buffer.
    pub fn sigmoid(&self, given: &Given, c: &[f32], begin: usize) -> Vec<f32> {
        let mut sum = self.sum(given, Some(c), c.len());
        sigmoid::logistic(&mut sum, begin);
        sum
    }
}

/// A float input of that many elements; `None` where it is absent.
pub fn bias<'a>(call: &Call<'a>, at: usize, size: usize) -> Result<Option<&'a [f32]>> {
    if call.optional(at).is_none() {
        return Ok(None);
    }
    let values = call.f32(at)?.1;
    if values.len() == size {
        Ok(Some(values))
    } else {
        Err(unfit(call, "a bias has another size than its gate"))
    }
}
