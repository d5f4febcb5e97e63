//! Cross-layer equalization (Nagel et al. 2019, "Data-Free Quantization Through Weight Equalization and Bias Correction"):
//! `s = √(r₁ / r₂)` for each channel between two layers, where r₁ is the largest weight that makes it and r₂ the largest
//! that reads it; the first layer's weights and bias are divided by s, the second's weights multiplied. It is repeated until
//! nothing moves, as layers stand in several pairs.

use std::fmt::Write;

use quant_ir::Model;
use quant_ir::error::Result;

use super::chain::{Pair, pairs};
use super::done::Done;
use super::edit::{Edit, operand};
use super::kind::Remedy;
use super::layer::Layer;

/// What factors may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Steps {
    /// Any number.
    Any,
    /// Powers of two, so that floats are scaled without rounding.
    PowersOfTwo,
}

/// Rounds at most; nets of fifty layers take about thirty.
const ROUNDS: usize = 200;

/// A channel below this part of the largest is dead, as training leaves some: scaled up, its bias would be all there is in the
/// range of the activation.
const DEAD: f64 = 1e-6;

/// What moves less than this, as a binary logarithm, does not move.
const STILL: f64 = 1e-4;

/// The factors of a layer.
struct Factors {
    weights: Vec<f32>,
    /// For each output channel.
    outputs: Vec<f64>,
    /// For each input channel; empty when it stands as the second in no pair.
    inputs: Vec<f64>,
}

impl Factors {
    fn input(&self, layer: &Layer, at: usize) -> f64 {
        match self.inputs.len() {
            0 => 1.0,
            channels => self.inputs[layer.input_of(at, channels)],
        }
    }

    /// The largest weight that makes each channel.
    fn making(&self, layer: &Layer) -> Vec<f64> {
        let mut ranges = vec![0.0f64; layer.outputs()];
        for (at, x) in self.weights.iter().enumerate() {
            let range = &mut ranges[layer.output_of(at)];
            *range = range.max(f64::from(x.abs()) * self.input(layer, at));
        }
        let both = ranges.iter_mut().zip(&self.outputs);
        both.for_each(|(range, factor)| *range *= factor);
        ranges
    }

    /// The largest weight that reads each channel.
    fn reading(&self, layer: &Layer) -> Vec<f64> {
        let channels = self.inputs.len();
        let mut ranges = vec![0.0f64; channels];
        for (at, x) in self.weights.iter().enumerate() {
            let range = &mut ranges[layer.input_of(at, channels)];
            *range = range.max(f64::from(x.abs()) * self.outputs[layer.output_of(at)]);
        }
        let both = ranges.iter_mut().zip(&self.inputs);
        both.for_each(|(range, factor)| *range *= factor);
        ranges
    }
}

/// Equalizes all pairs of layers.
///
/// # Errors
/// None that a sound graph could have.
pub fn run(model: &mut Model, steps: Steps) -> Result<Done> {
    let layers = Layer::all(model);
    let pairs = pairs(model, &layers);
    let none = "no two layers stand so that channels between them can be scaled";
    let mut done = Done::new(Remedy::Equalization, 0, none.to_owned());
    if pairs.is_empty() {
        return Ok(done);
    }
    let mut factors = begin(model, &layers, &pairs);
    for _ in 0..ROUNDS {
        let moved = pairs
            .iter()
            .map(|pair| balance(&layers, &mut factors, pair, steps))
            .fold(0.0, f64::max);
        if moved < STILL {
            break;
        }
    }
    let scaled: Vec<&Pair> = pairs
        .iter()
        .filter(|pair| factors[pair.first].outputs.iter().any(|factor| *factor != 1.0))
        .collect();
    if scaled.is_empty() {
        "all channels are alike already".clone_into(&mut done.what);
        return Ok(done);
    }
    let all = || scaled.iter().flat_map(|pair| &factors[pair.first].outputs);
    let (least, most) = (
        all().fold(f64::INFINITY, |a, b| a.min(*b)),
        all().fold(0.0, |a: f64, b| a.max(*b)),
    );
    let bounded = scaled.iter().flat_map(|pair| pair.bounded.clone());
    let bounded: Vec<_> = bounded.collect();
    done.changed = scaled.len();
    done.what = format!(
        "{} of {} pairs of layers scaled, channels by {least:.3e} to {most:.3e}",
        scaled.len(),
        pairs.len()
    );
    if !bounded.is_empty() {
        let _ = write!(done.what, ", {} RELU6 are RELU now", bounded.len());
    }
    let mut edit = Edit::of(model);
    for op in bounded {
        edit.unbound(op)?;
    }
    for (layer, factors) in layers.iter().zip(&factors) {
        write(&mut edit, layer, factors)?;
    }
    Ok(done)
}

/// Factors of 1, where a layer stands in a pair.
fn begin(model: &Model, layers: &[Layer], pairs: &[Pair]) -> Vec<Factors> {
    let mut factors: Vec<Factors> = layers
        .iter()
        .map(|layer| Factors {
            weights: Vec::new(),
            outputs: vec![1.0; layer.outputs()],
            inputs: Vec::new(),
        })
        .collect();
    for pair in pairs {
        factors[pair.second].inputs = vec![1.0; layers[pair.first].outputs()];
        for at in [pair.first, pair.second] {
            if factors[at].weights.is_empty() {
                factors[at].weights = operand(model, layers[at].op, 1).unwrap_or_default();
            }
        }
    }
    factors
}

/// Balances the channels of a pair; how far the one that moved most did, as a binary logarithm.
fn balance(layers: &[Layer], factors: &mut [Factors], pair: &Pair, steps: Steps) -> f64 {
    let making = factors[pair.first].making(&layers[pair.first]);
    let reading = factors[pair.second].reading(&layers[pair.second]);
    let largest = |ranges: &[f64]| ranges.iter().fold(0.0f64, |most, range| most.max(*range));
    let least = (DEAD * largest(&making), DEAD * largest(&reading));
    let mut moved = 0.0f64;
    for (channel, (made, read)) in making.into_iter().zip(reading).enumerate() {
        // A channel of zeros, or one that nobody reads, is as good with any factor.
        let by = (made / read).log2() / 2.0;
        if !by.is_finite() || made <= least.0 || read <= least.1 {
            continue;
        }
        let by = match steps {
            Steps::Any => by,
            // Halves stay, or the same would move back and forth.
            Steps::PowersOfTwo if by.abs() <= 0.5 => 0.0,
            Steps::PowersOfTwo => quant_numeric::round::half_away_f64(by),
        };
        moved = moved.max(by.abs());
        let factor = by.exp2();
        factors[pair.first].outputs[channel] /= factor;
        factors[pair.second].inputs[channel] *= factor;
    }
    moved
}

/// Weights and bias of a layer, times its factors.
fn write(edit: &mut Edit<'_>, layer: &Layer, factors: &Factors) -> Result<()> {
    let still = |factors: &[f64]| factors.iter().all(|factor| *factor == 1.0);
    if still(&factors.outputs) && still(&factors.inputs) {
        return Ok(());
    }
    let weight = |(at, x): (usize, &f32)| {
        let factor = factors.outputs[layer.output_of(at)] * factors.input(layer, at);
        (f64::from(*x) * factor) as f32
    };
    let weights: Vec<f32> = factors.weights.iter().enumerate().map(weight).collect();
    edit.set(layer.op, 1, &weights)?;
    if let Some(bias) = operand(edit.model, layer.op, layer.bias()) {
        let scaled = bias.iter().zip(&factors.outputs);
        let scaled: Vec<f32> = scaled
            .map(|(x, factor)| (f64::from(*x) * factor) as f32)
            .collect();
        edit.set(layer.op, layer.bias(), &scaled)?;
    }
    Ok(())
}
