//! Clipped weights: the least squared error, and OCTAV. Weights are symmetric int8.

use quant_case::recipe::Recipe;

use super::layers::{layers, set, values};
use super::layerwise::Grids;
use crate::rounding::even;

/// Clips the weights of all layers, each slice that has a scale of its own.
pub(super) fn clip(recipe: &mut Recipe, grids: &Grids, octav: bool) -> Result<(), String> {
    for layer in layers(recipe)? {
        let count = grids.scales(&layer.weights).len();
        let mut weights = values(recipe, &layer.weights);
        let slice = |at: usize| if count == 1 { 0 } else { layer.output(at) };
        for wanted in 0..count {
            let own: Vec<usize> = (0..weights.len()).filter(|at| slice(*at) == wanted).collect();
            let elements: Vec<f64> = own.iter().map(|at| weights[*at]).collect();
            let most = elements.iter().fold(0.0f64, |most, w| most.max(w.abs()));
            let part = if octav {
                threshold(&elements, most)
            } else {
                best(&elements, most)
            };
            // Parts and ends are f32.
            let end = f64::from(most as f32 * part as f32);
            if part < 1.0 {
                own.iter()
                    .for_each(|at| weights[*at] = weights[*at].clamp(-end, end));
            }
        }
        set(recipe, &layer.weights, weights);
    }
    Ok(())
}

fn best(weights: &[f64], most: f64) -> f64 {
    let mut best = (f64::INFINITY, 1.0);
    for percent in (30..=100).rev() {
        let part = f64::from(percent) / 100.0;
        let scale = 2.0 * most * part / 254.0;
        let error = |w: &f64| (w - even(w / scale, -127, 127) as f64 * scale).powi(2);
        let error: f64 = weights.iter().map(error).sum();
        if scale > 0.0 && error < best.0 {
            best = (error, part);
        }
    }
    best.1
}

fn threshold(weights: &[f64], most: f64) -> f64 {
    let rounding = 4f64.powi(-8) / 3.0;
    let mut clip = weights.iter().map(|w| w.abs()).sum::<f64>() / weights.len() as f64;
    for _ in 0..50 {
        let beyond: Vec<f64> = weights.iter().map(|w| w.abs()).filter(|w| *w > clip).collect();
        let inside = (weights.len() - beyond.len()) as f64;
        let next = beyond.iter().sum::<f64>() / (rounding * inside + beyond.len() as f64);
        let still = (next - clip).abs() <= 1e-6 * clip;
        clip = next;
        if still {
            break;
        }
    }
    (clip / most).min(1.0)
}
