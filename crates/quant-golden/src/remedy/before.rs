//! What works before ranges are recorded: equalization and bias absorption.

use quant_case::recipe::{OptionValue, Recipe};

use super::layers::{Layer, activation, layers, moments, pairs, set, values};
use super::layerwise::plain;

/// Scales the channels between pairs of layers until none moves by more than 1e-4 powers of two.
pub(super) fn equalize(recipe: &mut Recipe, powers: bool) -> Result<(), String> {
    let layers = layers(recipe)?;
    let pairs = pairs(recipe, &layers)?;
    let of = |name: &String| values(recipe, name);
    let mut weights: Vec<Vec<f64>> = layers.iter().map(|layer| of(&layer.weights)).collect();
    let mut biases: Vec<Vec<f64>> = layers.iter().map(|layer| of(&layer.bias)).collect();
    for _ in 0..200 {
        let mut moved = 0.0f64;
        for pair in &pairs {
            let (first, second) = (&layers[pair.first], &layers[pair.second]);
            let channels = first.outputs();
            let making = largest(&weights[pair.first], channels, |at| first.output(at));
            let reading = largest(&weights[pair.second], channels, |at| second.input(at, channels));
            let most = |ranges: &[f64]| ranges.iter().copied().fold(0.0, f64::max);
            let dead = (1e-6 * most(&making), 1e-6 * most(&reading));
            for channel in 0..channels {
                if making[channel] <= dead.0 || reading[channel] <= dead.1 {
                    continue;
                }
                let mut by = (making[channel] / reading[channel]).log2() / 2.0;
                if powers {
                    let whole = (by.abs() + 0.5).floor();
                    by = if by.abs() <= 0.5 { 0.0 } else { whole.copysign(by) };
                }
                moved = moved.max(by.abs());
                let factor = by.exp2();
                biases[pair.first][channel] /= factor;
                let scaled = weights[pair.first].iter_mut().enumerate();
                scaled
                    .filter(|(at, _)| first.output(*at) == channel)
                    .for_each(|(_, w)| *w /= factor);
                let scaled = weights[pair.second].iter_mut().enumerate();
                scaled
                    .filter(|(at, _)| second.input(*at, channels) == channel)
                    .for_each(|(_, w)| *w *= factor);
            }
        }
        if moved < 1e-4 {
            break;
        }
    }
    for (layer, (weights, bias)) in layers.iter().zip(weights.into_iter().zip(biases)) {
        set(recipe, &layer.weights, weights);
        set(recipe, &layer.bias, bias);
    }
    Ok(())
}

fn largest(weights: &[f64], channels: usize, channel: impl Fn(usize) -> usize) -> Vec<f64> {
    let mut ranges = vec![0.0f64; channels];
    for (at, w) in weights.iter().enumerate() {
        ranges[channel(at)] = ranges[channel(at)].max(w.abs());
    }
    ranges
}

/// What nearly every value of a channel has before its RELU goes into the next bias.
pub(super) fn absorb(recipe: &mut Recipe, inputs: &[Vec<Vec<f64>>]) -> Result<(), String> {
    let layers = layers(recipe)?;
    let pairs = pairs(recipe, &layers)?;
    let made = plain(recipe, inputs)?;
    for pair in pairs {
        let (first, second) = (&layers[pair.first], &layers[pair.second]);
        let kept = pair.between.iter().all(|kind| kind == "Mean");
        if activation(&recipe.operations[first.op]) != "RELU" || !kept || !whole(recipe, second) {
            continue;
        }
        let floors = moments(&made[pair.first], first.outputs()).into_iter();
        let floors: Vec<f64> = floors
            .map(|(mean, deviation)| (mean - 3.0 * deviation).max(0.0))
            .collect();
        let bias = values(recipe, &first.bias)
            .into_iter()
            .zip(&floors)
            .map(|(b, c)| b - c);
        let bias = bias.collect();
        let mut next = values(recipe, &second.bias);
        for (at, w) in values(recipe, &second.weights).iter().enumerate() {
            next[second.output(at)] += w * floors[second.input(at, floors.len())];
        }
        set(recipe, &first.bias, bias);
        set(recipe, &second.bias, next);
    }
    Ok(())
}

/// Whether every window of a layer is within the image.
fn whole(recipe: &Recipe, layer: &Layer) -> bool {
    let valid = OptionValue::Word("VALID".to_owned());
    layer.shape.len() == 2
        || layer.shape[1..3] == [1, 1]
        || recipe.operations[layer.op].option("padding") == Some(&valid)
}
