//! Analytic bias correction (Nagel et al. 2019, section 4.2): integers in place of weights move what a layer makes by
//! `(W̃ − W)·E[x]`, and the bias takes that back. What a channel is expected to be follows from the mean and the deviation of what
//! stands before its activation, as of batch normalization, by the formula of a clipped normal distribution; files have batch
//! normalization folded into weights, so both are measured. Where no such layer stands before, `E[x]` is the mean of the records.

use std::collections::BTreeMap;

use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_ir::{Model, TensorId};
use quant_schema::ActivationFunctionType as Activation;

use super::done::Done;
use super::edit::{Edit, operand};
use super::kind::{Remedy, Room};
use super::layer::Layer;
use super::layerwise::{Cure, Layerwise, Visit};
use super::numbers::Numbers;

struct Expected<'a> {
    work: &'a Model,
    /// What each channel that a layer makes is expected to be.
    known: BTreeMap<TensorId, Vec<f64>>,
    shifts: Vec<(Layer, Vec<f32>)>,
}

impl Cure for Expected<'_> {
    fn see(&mut self, layer: &Layer, activation: Activation, wanted: &[Value]) {
        let expected = moments(wanted, layer.outputs()).into_iter();
        let expected = expected.map(|(mean, deviation)| clipped(activation, mean, deviation));
        let made = self.work.main().operator(layer.op).outputs[0];
        self.known.insert(made, expected.collect());
    }

    fn shift(&mut self, visit: &Visit<'_>, _: &[Value]) -> Option<Vec<f32>> {
        let layer = visit.layer;
        let read = self.work.main().operator(layer.op).input(layer.data())?;
        let channels = *visit.float.first()?.shape.last()?;
        let known = self
            .known
            .get(&read)
            .filter(|known| known.len() == channels)
            .cloned();
        let measured = || {
            moments(visit.float, channels)
                .into_iter()
                .map(|(mean, _)| mean)
                .collect()
        };
        let expected: Vec<f64> = known.unwrap_or_else(measured);
        let weights = operand(self.work, layer.op, 1)?;
        let mut shift = vec![0.0f64; layer.outputs()];
        for (at, (is, becomes)) in weights.iter().zip(&visit.integers.reals).enumerate() {
            let moved = f64::from(*is) - f64::from(*becomes);
            shift[layer.output_of(at)] += moved * expected[layer.input_of(at, channels)];
        }
        let shift: Vec<f32> = shift.into_iter().map(|by| by as f32).collect();
        if shift.iter().all(|by| *by == 0.0) || !shift.iter().all(|by| by.is_finite()) {
            return None;
        }
        self.shifts.push((layer.clone(), shift.clone()));
        Some(shift)
    }
}

/// Mean and standard deviation of each channel, the last dimension, over all values.
pub fn moments(values: &[Value], channels: usize) -> Vec<(f64, f64)> {
    let (mut sums, mut squares, mut lines) = (vec![0.0f64; channels], vec![0.0f64; channels], 0usize);
    let values = values.iter().filter_map(Value::as_f32);
    for line in values.flat_map(|values| values.chunks_exact(channels.max(1))) {
        for (x, (sum, square)) in line.iter().zip(sums.iter_mut().zip(&mut squares)) {
            *sum += f64::from(*x);
            *square += f64::from(*x).powi(2);
        }
        lines += 1;
    }
    let lines = lines.max(1) as f64;
    let both = sums.into_iter().zip(squares);
    both.map(|(sum, square)| {
        let mean = sum / lines;
        (mean, (square / lines - mean * mean).max(0.0).sqrt())
    })
    .collect()
}

/// The mean of a normal distribution behind an activation.
fn clipped(activation: Activation, mean: f64, deviation: f64) -> f64 {
    let (low, high) = match activation {
        Activation::RELU => (0.0, f64::INFINITY),
        Activation::RELU6 => (0.0, 6.0),
        Activation::RELU_N1_TO_1 => (-1.0, 1.0),
        _ => return mean,
    };
    if deviation == 0.0 {
        return mean.clamp(low, high);
    }
    let (a, b) = ((low - mean) / deviation, (high - mean) / deviation);
    let beyond = if high.is_finite() {
        high * (1.0 - below(b))
    } else {
        0.0
    };
    low * below(a) + mean * (below(b) - below(a)) + deviation * (density(a) - density(b)) + beyond
}

fn density(x: f64) -> f64 {
    (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt()
}

/// The part of a standard normal distribution below x, within 1e-7 (Abramowitz and Stegun, 26.2.17).
fn below(x: f64) -> f64 {
    if x.is_infinite() {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    let t = 1.0 / (1.0 + 0.231_641_9 * x.abs());
    let terms = [
        1.330_274_429,
        -1.821_255_978,
        1.781_477_937,
        -0.356_563_782,
        0.319_381_530,
    ];
    let tail = density(x) * terms.iter().fold(0.0, |sum, term| (sum + term) * t);
    if x > 0.0 { 1.0 - tail } else { tail }
}

/// Corrects the biases of a model.
///
/// # Errors
/// As [`Layerwise::run`].
pub fn run(reference: &Model, model: &mut Model, numbers: &Numbers, room: Room<'_>) -> Result<Done> {
    let mut cure = Expected {
        work: model,
        known: BTreeMap::new(),
        shifts: Vec::new(),
    };
    let records = Layerwise {
        reference,
        work: model,
        numbers,
        room,
    }
    .run(&mut cure)?;
    let shifts = cure.shifts;
    let mut edit = Edit::of(model);
    let most = edit.shift_biases(&shifts)?;
    let what = match shifts.len() {
        0 => "no layer's integers move what it makes".to_owned(),
        layers => format!(
            "biases of {layers} layers moved by {most:.3e} at most, on the moments of {records} records"
        ),
    };
    Ok(Done::new(Remedy::AnalyticBiasCorrection, shifts.len(), what))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clipped_normal_distribution_has_that_mean() {
        // scipy.stats: σ·φ(μ/σ) + μ·Φ(μ/σ), and integrals of min(max(x, 0), 6).
        let near = |a: f64, b: f64| assert!((a - b).abs() < 1e-5, "{a} {b}");
        near(clipped(Activation::RELU, 0.0, 1.0), 0.398_942_28);
        near(clipped(Activation::RELU, 1.0, 2.0), 1.395_593_1);
        near(clipped(Activation::RELU6, 3.0, 1e-9), 3.0);
        near(
            clipped(Activation::RELU6, 6.0, 2.0),
            6.0 - 2.0 * 0.398_942_28 + 0.000_764_3,
        );
        near(clipped(Activation::NONE, -2.0, 5.0), -2.0);
    }
}
