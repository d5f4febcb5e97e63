//! One gate of an LSTM of 8 bits: its sum before the activation, in words of 16 bits.

use super::operands::{self, Side};
use crate::ops::Call;
use crate::ops::support::lstm::Sizes;
use quant_ir::error::{Error, Problem, Result};
use quant_numeric::fixed::Multiplier;
use quant_numeric::fixed::inverse_sqrt::inverse_sqrt;

/// What goes on from step to step.
pub struct State {
    /// How many sequences go at once.
    pub batch: usize,
    /// `[batch, outputs]`, of int8.
    pub outputs: Vec<i32>,
    /// `[batch, cells]`.
    pub cells: Vec<i16>,
}

/// Rows of `x` times rows of `weights` of that depth, and the bias of each.
pub fn product(x: &[i32], weights: &[i32], bias: &[i32], depth: usize) -> Vec<i32> {
    let rows = x.chunks_exact(depth.max(1));
    let sum = |row: &[i32], weights: &[i32], bias: i32| {
        let products = row.iter().zip(weights).map(|(x, w)| x.wrapping_mul(*w));
        products.fold(bias, i32::wrapping_add)
    };
    rows.flat_map(|row| {
        let all = weights.chunks_exact(depth.max(1)).zip(bias);
        all.map(move |(weights, bias)| sum(row, weights, *bias))
    })
    .collect()
}

/// Weights, the bias with what the zero point of the input adds, and the factor to the gate's scale.
struct Term {
    weights: Vec<i32>,
    bias: Vec<i32>,
    depth: usize,
    by: Multiplier,
}

/// A gate: 0 input, 1 forget, 2 cell, 3 output.
pub struct Gate {
    input: Term,
    recurrent: Term,
    peephole: Option<(Vec<i32>, Multiplier)>,
    norm: Option<Norm>,
}

struct Norm {
    weights: Vec<i32>,
    bias: Vec<i32>,
    by: Multiplier,
    /// What stands for a variance below 1.
    least: i32,
}

impl Gate {
    /// `scale` is that of the sum; `exponent` that of the cells.
    pub fn of(
        call: &Call<'_>,
        sizes: &Sizes,
        number: usize,
        (x, h, exponent): (Side, Side, i32),
        scale: f32,
        normed: bool,
    ) -> Result<Self> {
        let wrong = |at: usize| {
            let problem = Problem::Shape(format!("input {at} does not fit the number of cells"));
            Error::new(call.place(), problem, "match weights and biases with each other")
        };
        let bias = match call.optional(12 + number) {
            Some(_) => operands::integers(call, 12 + number)?,
            None => vec![0; sizes.cells],
        };
        let term = |at: usize, side: Side, depth: usize, bias: Option<&[i32]>| {
            let (w, weights) = (operands::input(call, at)?, operands::integers(call, at)?);
            if weights.len() != sizes.cells * depth || bias.is_some_and(|bias| bias.len() != sizes.cells) {
                return Err(wrong(at));
            }
            let rows = weights.chunks_exact(depth.max(1)).enumerate();
            let folded = rows.map(|(row, weights)| {
                let zeros = weights
                    .iter()
                    .copied()
                    .fold(0, i32::wrapping_add)
                    .wrapping_mul(side.zero.wrapping_neg());
                bias.map_or(0, |bias| bias[row]).wrapping_add(zeros)
            });
            Ok(Term {
                bias: folded.collect(),
                by: Multiplier::of(f64::from(w.scale * side.scale / scale)),
                depth,
                weights,
            })
        };
        // With layer norm the bias comes behind it.
        let input = term(1 + number, x, sizes.inputs, (!normed).then_some(bias.as_slice()))?;
        let recurrent = term(5 + number, h, sizes.outputs, None)?;
        // The cell gate has no peephole: inputs 9 to 11 are those of the others.
        let at = [Some(9), Some(10), None, Some(11)][number];
        let peephole = match at.filter(|at| call.optional(*at).is_some()) {
            None => None,
            Some(at) => {
                let (w, weights) = (operands::input(call, at)?, operands::integers(call, at)?);
                if weights.len() != sizes.cells {
                    return Err(wrong(at));
                }
                if sizes.outputs > sizes.cells {
                    let problem = "peepholes of fewer cells than outputs: LiteRT reads beyond them";
                    let problem = Problem::NoKernel(problem.into());
                    return Err(Error::new(call.place(), problem, "leave it in float"));
                }
                let by = 2f64.powi(exponent) * f64::from(w.scale) / f64::from(scale);
                Some((weights, Multiplier::of(f64::from(by as f32))))
            }
        };
        let norm = if normed {
            let (w, weights) = (
                operands::input(call, 20 + number)?,
                operands::integers(call, 20 + number)?,
            );
            if weights.len() != sizes.cells || bias.len() != sizes.cells {
                return Err(wrong(20 + number));
            }
            let by = Multiplier::of(f64::from(w.scale));
            Some(Norm {
                weights,
                bias,
                by: Multiplier {
                    exponent: by.exponent + 12,
                    ..by
                },
                least: ((10000.0 * w.scale) as i32).max(1),
            })
        } else {
            None
        };
        Ok(Self {
            input,
            recurrent,
            peephole,
            norm,
        })
    }

    /// The sum, `[batch, cells]`.
    pub fn sum(&self, sizes: &Sizes, x: &[i32], state: &State) -> Vec<i16> {
        let mut gate = vec![0i16; state.batch * sizes.cells];
        for (term, x) in [(&self.input, x), (&self.recurrent, &state.outputs)] {
            let sums = product(x, &term.weights, &term.bias, term.depth);
            for (gate, sum) in gate.iter_mut().zip(sums) {
                *gate = saturated(term.by.times(sum).wrapping_add(i32::from(*gate)));
            }
        }
        if let Some((weights, by)) = &self.peephole {
            // LiteRT takes the number of outputs for that of cells here: with more cells some get none, and in a batch that
            // of another.
            let places = gate
                .iter_mut()
                .zip(&state.cells)
                .take(state.batch * sizes.outputs);
            for (at, (gate, c)) in places.enumerate() {
                let product = by.times(weights[at % sizes.outputs].wrapping_mul(i32::from(*c)));
                *gate = saturated(product.wrapping_add(i32::from(*gate)));
            }
        }
        if let Some(norm) = &self.norm {
            gate.chunks_exact_mut(sizes.cells.max(1))
                .for_each(|row| norm.apply(row));
        }
        gate
    }
}

impl Norm {
    /// To mean 0 and variance 1, times the weights, plus the bias.
    fn apply(&self, row: &mut [i16]) {
        let count = row.len() as i64;
        let sum: i64 = row.iter().map(|q| i64::from(*q)).sum();
        let squares: i64 = row.iter().map(|q| i64::from(*q) * i64::from(*q)).sum();
        let mean = (sum * 1024 / count) as i32;
        let variance = squares * ((1 << 20) / count) - i64::from(mean) * i64::from(mean);
        let mut variance = (variance / (1 << 20)) as i32;
        if variance < 1 {
            variance = self.least;
        }
        let inverse = inverse_sqrt(variance);
        for (at, q) in row.iter_mut().enumerate() {
            let rescaled = inverse.times(1024 * i32::from(*q) - mean);
            let sum = i64::from(
                rescaled
                    .wrapping_mul(self.weights[at])
                    .wrapping_add(self.bias[at]),
            );
            let half = if sum > 0 { 512 } else { -512 };
            let made = ((sum + half) / 1024) as i32;
            *q = saturated(self.by.times(made));
        }
    }
}

fn saturated(q: i32) -> i16 {
    q.clamp(-32768, 32767) as i16
}
