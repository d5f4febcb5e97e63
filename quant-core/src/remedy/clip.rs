//! Clipped weights: a smaller range has smaller steps, and what lies beyond becomes its end. Clipped weights are in the float
//! model, so that any scheme finds the range that was chosen.

use quant_ir::Model;
use quant_ir::error::Result;
use quant_numeric::round::half_even_f32;
use rayon::prelude::*;

use super::done::Done;
use super::edit::{Edit, operand};
use super::kind::Remedy;
use super::layer::Layer;
use super::numbers::{Integers, Numbers};

/// The grid of ranges: parts of the whole one, from 1.00 down to 0.30 in steps of 0.01.
const PARTS: std::ops::RangeInclusive<u32> = 30..=100;

/// Steps of OCTAV's iteration, at most.
const STEPS: usize = 50;

/// Clips the weights of all layers that become integers.
///
/// # Errors
/// None that a sound graph could have.
pub fn run(model: &mut Model, numbers: &Numbers, remedy: Remedy) -> Result<Done> {
    let layers = Layer::all(model);
    let mut edit = Edit::of(model);
    let (mut changed, mut seen, mut least) = (0, 0, 1.0f32);
    for layer in &layers {
        let id = edit.model.main().operator(layer.op).input(1);
        let integers = id.and_then(|id| numbers.weights.get(id.0)?.as_ref());
        let Some((integers, mut weights)) = integers.zip(operand(edit.model, layer.op, 1)) else {
            continue;
        };
        seen += 1;
        let parts = clip(&mut weights, integers, remedy);
        least = parts.iter().fold(least, |least, part| least.min(*part));
        if parts.iter().any(|part| *part < 1.0) {
            edit.set(layer.op, 1, &weights)?;
            changed += 1;
        }
    }
    let what = match (seen, changed) {
        (0, _) => {
            "no layer has weights that become integers of one scale, or of one for each channel".to_owned()
        }
        (_, 0) => "every layer is best with its whole range".to_owned(),
        _ => format!("ranges of {changed} of {seen} layers' weights cut, to {least:.2} of them at least"),
    };
    Ok(Done::new(remedy, changed, what))
}

/// Clips weights, each slice that has a scale of its own; the part of each range that is left.
fn clip(weights: &mut [f32], integers: &Integers, remedy: Remedy) -> Vec<f32> {
    let mut slices: Vec<Vec<usize>> = vec![Vec::new(); integers.scales.len()];
    for at in 0..weights.len() {
        slices[integers.channel(at)].push(at);
    }
    let chosen = slices.par_iter().map(|slice| {
        let values: Vec<f32> = slice.iter().map(|at| weights[*at]).collect();
        let part = match remedy {
            Remedy::Octav => octav(&values, integers),
            _ => best(&values, integers),
        };
        (part, ends(&values))
    });
    let chosen: Vec<(f32, (f32, f32))> = chosen.collect();
    for (slice, (part, (low, high))) in slices.iter().zip(&chosen).filter(|(_, (part, _))| *part < 1.0) {
        let (low, high) = range(*low, *high, *part, integers);
        slice
            .iter()
            .for_each(|at| weights[*at] = weights[*at].clamp(low, high));
    }
    chosen.into_iter().map(|(part, _)| part).collect()
}

/// The least and the greatest value, with 0 between them.
fn ends(values: &[f32]) -> (f32, f32) {
    let ends = |(low, high): (f32, f32), x: &f32| (low.min(*x), high.max(*x));
    values.iter().fold((0.0, 0.0), ends)
}

/// A part of a range; a symmetric one is as wide on both sides.
fn range(low: f32, high: f32, part: f32, integers: &Integers) -> (f32, f32) {
    if integers.is_symmetric() {
        let end = high.max(-low) * part;
        (-end, end)
    } else {
        (low * part, high * part)
    }
}

/// The part of the range with the least squared error.
fn best(values: &[f32], integers: &Integers) -> f32 {
    let (low, high) = ends(values);
    let mut best = (f64::INFINITY, 1.0);
    for part in PARTS.rev().map(|percent| percent as f32 / 100.0) {
        let (low, high) = range(low, high, part, integers);
        let error = error(values, low, high, integers);
        if error < best.0 {
            best = (error, part);
        }
    }
    best.1
}

/// The squared error of values in a range.
fn error(values: &[f32], low: f32, high: f32, integers: &Integers) -> f64 {
    let (first, last) = integers.limits;
    let scale = (high - low) / (last - first) as f32;
    if scale <= 0.0 {
        return 0.0;
    }
    let zero = if integers.is_symmetric() {
        0.0
    } else {
        half_even_f32(first as f32 - low / scale)
    };
    let one = |x: &f32| {
        let q = (half_even_f32(x / scale) + zero).clamp(first as f32, last as f32);
        f64::from(x - (q - zero) * scale).powi(2)
    };
    values.iter().map(one).sum()
}

/// OCTAV (Sakr et al. 2022, equation 6): the clip where what it costs is what it saves, by iteration in f64.
fn octav(values: &[f32], integers: &Integers) -> f32 {
    let (low, high) = ends(values);
    let whole = f64::from(high.max(-low));
    if whole == 0.0 {
        return 1.0;
    }
    let rounding = 4.0f64.powi(-i32::try_from(integers.bits).unwrap_or(8)) / 3.0;
    let mut clip = values.iter().map(|x| f64::from(x.abs())).sum::<f64>() / values.len() as f64;
    for _ in 0..STEPS {
        let beyond = values.iter().map(|x| f64::from(x.abs())).filter(|x| *x > clip);
        let (sum, count) = beyond.fold((0.0, 0usize), |(sum, count), x| (sum + x, count + 1));
        let inside = (values.len() - count) as f64;
        let next = sum / (rounding * inside + count as f64);
        let still = (next - clip).abs() <= 1e-6 * clip;
        clip = next;
        if still {
            break;
        }
    }
    ((clip / whole) as f32).min(1.0)
}
