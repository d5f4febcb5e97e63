//! Weights rounded up or down: GPTQ column by column, AdaRound by gradient descent. Weights are symmetric int8.

use ndarray::IxDyn;

use super::layer_view::{LayerView, active};
use crate::kernels;
use crate::rounding::round;
use crate::tensor::{Tensor, elements};
use quant_case::recipe::Recipe;

fn scale(seen: &LayerView<'_>, at: usize) -> f64 {
    let scales = seen.scales;
    f64::from(
        scales[if scales.len() == 1 {
            0
        } else {
            seen.layer.output(at)
        }],
    )
}

/// Columns one after the other; those behind take the error by the inverse of `2·X·Xᵀ`, from which each column that is done is
/// eliminated.
pub(super) fn gptq(seen: &LayerView<'_>) -> Vec<f64> {
    let columns = seen.layer.shape[1];
    let mut h = vec![vec![0.0; columns]; columns];
    for value in seen.reads {
        for row in elements(value).chunks(columns) {
            for i in 0..columns {
                for j in 0..columns {
                    h[i][j] += 2.0 * row[i] * row[j];
                }
            }
        }
    }
    for (i, row) in h.iter_mut().enumerate() {
        if row[i] == 0.0 {
            row[i] = 1.0;
        }
    }
    let mean = (0..columns).map(|i| h[i][i]).sum::<f64>() / columns as f64;
    h.iter_mut()
        .enumerate()
        .for_each(|(i, row)| row[i] += 0.01 * mean);
    let mut rounded = seen.weights.to_vec();
    for row in 0..seen.layer.outputs() {
        let mut inverse = inverted(&h);
        let mut line: Vec<f64> = seen.weights[row * columns..(row + 1) * columns].to_vec();
        for column in 0..columns {
            let at = row * columns + column;
            let scale = scale(seen, at);
            // The ends hold the scale, and stay.
            let own = seen.weights[at] / scale;
            let q = if own.abs() >= 127.0 - 0.01 {
                own
            } else {
                line[column] / scale
            };
            rounded[at] = f64::from(round(q, -127, 127) as f32 * scale as f32);
            let error = (line[column] - rounded[at]) / inverse[column][column];
            for later in column..columns {
                line[later] -= error * inverse[column][later];
            }
            let pivot = inverse[column].clone();
            for line in &mut inverse {
                let factor = line[column] / pivot[column];
                line.iter_mut().zip(&pivot).for_each(|(x, p)| *x -= factor * p);
            }
        }
    }
    rounded
}

/// By Gauss and Jordan; the matrix is positive definite.
fn inverted(matrix: &[Vec<f64>]) -> Vec<Vec<f64>> {
    let n = matrix.len();
    let unit = |i: usize| (0..n).map(move |j| f64::from(u8::from(i == j)));
    let mut rows: Vec<Vec<f64>> = matrix
        .iter()
        .enumerate()
        .map(|(i, row)| row.iter().copied().chain(unit(i)).collect())
        .collect();
    for i in 0..n {
        let pivot = rows[i][i];
        rows[i].iter_mut().for_each(|x| *x /= pivot);
        let done = rows[i].clone();
        for (_, row) in rows.iter_mut().enumerate().filter(|(other, _)| *other != i) {
            let factor = row[i];
            row.iter_mut().zip(&done).for_each(|(x, y)| *x -= factor * y);
        }
    }
    rows.into_iter().map(|row| row[n..].to_vec()).collect()
}

/// Numbers that look like chance: SplitMix64.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((x ^ (x >> 31)) % end as u64) as usize
    }
}

/// 300 steps of Adam on the stretched sigmoid of each weight; of records whose places are fewer than what a step takes, all places.
pub(super) fn adaround(seen: &LayerView<'_>) -> Vec<f64> {
    let (records, outputs) = (seen.reads.len(), seen.layer.outputs());
    let low: Vec<f64> = (0..seen.weights.len())
        .map(|at| (seen.weights[at] / scale(seen, at)).floor())
        .collect();
    let mut value: Vec<f64> = (0..seen.weights.len())
        .map(|at| {
            let q = seen.weights[at] / scale(seen, at);
            if q.abs() >= 127.0 - 0.01 {
                return f64::INFINITY;
            }
            let part = (q - low[at]).clamp(0.001, 0.999);
            -((1.2 / (part + 0.1)) - 1.0).ln()
        })
        .collect();
    let held = |at: usize| round(seen.weights[at] / scale(seen, at), -127, 127) as f64;
    let stretched = |v: f64| 1.2 / (1.0 + (-v).exp()) - 0.1;
    let (mut first, mut second) = (vec![0.0f64; value.len()], vec![0.0f64; value.len()]);
    let mut chance = Chance(1 + seen.layer.op as u64);
    // One gradient for each record: 2/places · Xᵀ·error, where the activation moves.
    let linear = Linear::new(seen);
    for step in 0..300 {
        let weights: Vec<f64> = (0..value.len())
            .map(|at| {
                let up = stretched(value[at]).clamp(0.0, 1.0);
                let q = if value[at].is_infinite() {
                    held(at)
                } else {
                    low[at] + up
                };
                q * scale(seen, at)
            })
            .collect();
        let chosen: Vec<usize> = (0..32.min(records)).map(|_| chance.below(records)).collect();
        let mut gradient = vec![0.0; value.len()];
        let mut places = 0;
        for record in chosen {
            let made = linear.made(&weights, record);
            places += made.len() / outputs;
            let wanted = &seen.wanted[record];
            let error = made.iter().zip(wanted).map(|(is, wanted)| {
                let moves = active(seen.activation, *is) == *is;
                if moves {
                    is - active(seen.activation, *wanted)
                } else {
                    0.0
                }
            });
            linear.add(record, &error.collect::<Vec<f64>>(), &mut gradient);
        }
        let done = f64::from(step) / 300.0;
        for at in 0..value.len() {
            if value[at].is_infinite() {
                continue;
            }
            let h = stretched(value[at]);
            let sigmoid = 1.0 / (1.0 + (-value[at]).exp());
            let slope = if h > 0.0 && h < 1.0 {
                1.2 * sigmoid * (1.0 - sigmoid)
            } else {
                0.0
            };
            let mut by = 2.0 / places as f64 * gradient[at] * scale(seen, at);
            if done >= 0.2 {
                let beta = 2.0 + 18.0 * (1.0 - (done - 0.2) / 0.8);
                let middle = 2.0 * h.clamp(0.0, 1.0) - 1.0;
                by -= 0.01 * 2.0 * beta * middle.abs().powf(beta - 1.0) * middle.signum();
            }
            by *= slope;
            first[at] = 0.9 * first[at] + 0.1 * by;
            second[at] = 0.999 * second[at] + 0.001 * by * by;
            let number = step + 1;
            let mean = first[at] / (1.0 - 0.9f64.powi(number));
            let square = second[at] / (1.0 - 0.999f64.powi(number));
            value[at] -= 0.01 * mean / (square.sqrt() + 1e-8);
        }
    }
    let whole = |at: usize| {
        let q = if value[at].is_infinite() {
            held(at)
        } else {
            low[at] + f64::from(u8::from(stretched(value[at]) >= 0.5))
        };
        f64::from(q.min(127.0) as f32 * scale(seen, at) as f32)
    };
    (0..value.len()).map(whole).collect()
}

/// A layer as a linear function of its weights: what each weight alone adds to each output, by records.
struct Linear {
    /// Of each record, of each weight, the outputs with a weight of 1.
    parts: Vec<Vec<Vec<f64>>>,
    bias: Vec<f64>,
}

impl Linear {
    fn new(seen: &LayerView<'_>) -> Self {
        let zeros = Tensor::zeros(IxDyn(&[seen.bias.len()]));
        let recipe = nothing();
        let part = |read: &Tensor, at: usize| {
            let mut weights = Tensor::zeros(IxDyn(&seen.layer.shape));
            weights
                .iter_mut()
                .skip(at)
                .take(1)
                .for_each(|weight| *weight = 1.0);
            let made = kernels::run(
                seen.operation,
                &[Some(read), Some(&weights), Some(&zeros)],
                &recipe,
            );
            made.ok()
                .and_then(|made| made.last().map(elements))
                .unwrap_or_default()
        };
        let parts = seen
            .reads
            .iter()
            .map(|read| (0..seen.weights.len()).map(|at| part(read, at)).collect());
        Self {
            parts: parts.collect(),
            bias: seen.bias.to_vec(),
        }
    }

    fn made(&self, weights: &[f64], record: usize) -> Vec<f64> {
        let count = self.parts[record][0].len();
        let mut made: Vec<f64> = (0..count).map(|at| self.bias[at % self.bias.len()]).collect();
        for (weight, part) in weights.iter().zip(&self.parts[record]) {
            made.iter_mut().zip(part).for_each(|(sum, x)| *sum += weight * x);
        }
        made
    }

    fn add(&self, record: usize, error: &[f64], gradient: &mut [f64]) {
        for (sum, part) in gradient.iter_mut().zip(&self.parts[record]) {
            *sum += part.iter().zip(error).map(|(x, error)| x * error).sum::<f64>();
        }
    }
}

/// A recipe that says nothing: layers need none.
fn nothing() -> Recipe {
    Recipe {
        operands: Vec::new(),
        operations: Vec::new(),
        inputs: Vec::new(),
        outputs: Vec::new(),
        version: 1,
        name: None,
        channels_first: false,
        graphs: Vec::new(),
        signatures: Vec::new(),
        external: false,
    }
}
