//! What AdaRound optimizes: for each weight, how far it is rounded up.

use super::numbers::Integers;

/// The ends of the stretched sigmoid.
const ZETA: f32 = 1.1;
const GAMMA: f32 = -0.1;

/// Adam's.
const RATE: f32 = 1e-2;
const BETA: (f32, f32) = (0.9, 0.999);
const SMALL: f32 = 1e-8;

/// The weight of the regularizer, and the part of the steps before it.
const LAMBDA: f32 = 0.01;
const WARM: f32 = 0.2;

/// As near to an end of the integers, a weight is that end: it holds the scale.
const END: f32 = 0.01;

/// The weights of a layer between two integers each.
pub struct Rounding<'a> {
    /// Where each weight stands in its tensor; what follows is in this order.
    order: &'a [usize],
    scales: Vec<f32>,
    lower: Vec<f32>,
    upper: Vec<f32>,
    /// What the sigmoid is taken of; infinite where a weight is held.
    values: Vec<f32>,
    first: Vec<f32>,
    second: Vec<f32>,
}

impl<'a> Rounding<'a> {
    /// Weights of a tensor, in this order.
    pub fn of(weights: &[f32], integers: &Integers, order: &'a [usize]) -> Self {
        let count = order.len();
        let mut all = Self {
            order,
            scales: Vec::with_capacity(count),
            lower: Vec::with_capacity(count),
            upper: Vec::with_capacity(count),
            values: Vec::with_capacity(count),
            first: vec![0.0; count],
            second: vec![0.0; count],
        };
        for at in order {
            let channel = integers.channel(*at);
            let (scale, zero) = (integers.scales[channel], integers.zero_points[channel]);
            let (low, high) = (
                (integers.limits.0 - zero) as f32,
                (integers.limits.1 - zero) as f32,
            );
            let q = if scale > 0.0 { weights[*at] / scale } else { 0.0 };
            // The ends of a range that is not symmetric may be off by half a step.
            let end = if integers.is_symmetric() { END } else { 0.5 + END };
            let held = if q >= high - end {
                Some(high)
            } else if q <= low + end {
                Some(low)
            } else {
                None
            };
            let floor = held.unwrap_or_else(|| q.floor());
            all.scales.push(scale);
            all.lower.push(floor);
            all.upper.push(if held.is_some() {
                floor
            } else {
                (floor + 1.0).min(high)
            });
            let part = (q - floor).clamp(0.001, 0.999);
            let value = -((ZETA - GAMMA) / (part - GAMMA) - 1.0).ln();
            all.values
                .push(if held.is_some() { f32::INFINITY } else { value });
        }
        all
    }

    /// How far up each weight is, 0…1.
    fn up(value: f32) -> f32 {
        let sigmoid = 1.0 / (1.0 + (-value).exp());
        (sigmoid * (ZETA - GAMMA) + GAMMA).clamp(0.0, 1.0)
    }

    /// The weights between the integers, in the order.
    pub fn soft(&self) -> Vec<f32> {
        let weight = |at: usize| {
            let up = Self::up(self.values[at]);
            (self.lower[at] + up * (self.upper[at] - self.lower[at])) * self.scales[at]
        };
        (0..self.order.len()).map(weight).collect()
    }

    /// A step of Adam, given the gradient of the error by the weights.
    pub fn step(&mut self, gradient: &[f32], step: usize, steps: usize) {
        let done = step as f32 / steps as f32;
        let exponent = (done >= WARM).then(|| {
            let rest = (done - WARM) / (1.0 - WARM);
            2.0 + (20.0 - 2.0) * (1.0 - rest)
        });
        let number = i32::try_from(step + 1).unwrap_or(i32::MAX);
        let correct = (1.0 - BETA.0.powi(number), 1.0 - BETA.1.powi(number));
        for (at, by_weight) in gradient.iter().enumerate() {
            let value = self.values[at];
            if value.is_infinite() {
                continue;
            }
            let sigmoid = 1.0 / (1.0 + (-value).exp());
            let stretched = sigmoid * (ZETA - GAMMA) + GAMMA;
            // Beyond the ends nothing moves.
            let slope = if stretched > 0.0 && stretched < 1.0 {
                sigmoid * (1.0 - sigmoid) * (ZETA - GAMMA)
            } else {
                0.0
            };
            let width = (self.upper[at] - self.lower[at]) * self.scales[at];
            let mut by_up = by_weight * width;
            if let Some(exponent) = exponent {
                let middle = 2.0 * stretched.clamp(0.0, 1.0) - 1.0;
                by_up -= LAMBDA * 2.0 * exponent * middle.abs().powf(exponent - 1.0) * middle.signum();
            }
            let by = by_up * slope;
            self.first[at] = BETA.0 * self.first[at] + (1.0 - BETA.0) * by;
            self.second[at] = BETA.1 * self.second[at] + (1.0 - BETA.1) * by * by;
            let (first, second) = (self.first[at] / correct.0, self.second[at] / correct.1);
            self.values[at] -= RATE * first / (second.sqrt() + SMALL);
        }
    }

    /// The rounded weights, in the order of the tensor.
    pub fn hard(&self) -> Vec<f32> {
        let mut weights = vec![0.0; self.order.len()];
        for (at, place) in self.order.iter().enumerate() {
            let up = Self::up(self.values[at]) >= 0.5;
            let q = if up { self.upper[at] } else { self.lower[at] };
            weights[*place] = q * self.scales[at];
        }
        weights
    }
}
