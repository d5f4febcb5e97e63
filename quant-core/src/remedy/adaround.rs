//! AdaRound (Nagel et al. 2020, "Up or Down? Adaptive Rounding for Post-Training Quantization"): each weight is rounded up or
//! down so that what the layer makes is nearest to what the float layer makes, by gradient descent on a rectified sigmoid.
//!
//! Layer by layer in graph order; inputs are those of the network quantized so far, the target is the float output behind the
//! activation. Adam with a rate of 1e-2, 32 records a step; after a fifth of the steps a regularizer `λ·Σ(1 − |2h − 1|^β)`,
//! λ = 0.01, β from 20 to 2, lets each weight choose. Seeded, and sums are added in a fixed order: threads change nothing.
//!
//! Rounded weights stand on the grid of the scheme, with the ends of the range where they were, so that the scheme finds
//! the same scale, and its own rounding gives these integers.

use quant_ir::Model;
use quant_ir::error::Result;
use rayon::prelude::*;

use super::done::Done;
use super::edit::{Edit, operand};
use super::kind::{Remedy, Room};
use super::layer::{Kind, Layer};
use super::layerwise::{Cure, Layerwise, Visit, activated};
use super::numbers::Numbers;
use super::patches::Patches;
use super::rounding::Rounding;

/// Steps of a layer.
const STEPS: usize = 300;

/// Records of a step.
const BATCH: usize = 32;

/// Places of all records of a step, at most.
const PLACES: usize = 2048;

/// Parts that the places of a step are cut into, whatever the number of threads.
const PARTS: usize = 8;

/// What rounds the layers of a model.
struct AdaRound<'a> {
    work: &'a Model,
    threads: usize,
    /// Whether FULLY_CONNECTED are rounded already.
    but_dense: bool,
    rounded: Vec<(Layer, Vec<f32>)>,
    passed: usize,
}

/// Numbers that look like chance: SplitMix64.
struct Chance(u64);

impl Chance {
    /// One below `end`.
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut x = self.0;
        x = (x ^ (x >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        x = (x ^ (x >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((x ^ (x >> 31)) % end.max(1) as u64) as usize
    }
}

impl Cure for AdaRound<'_> {
    fn weights(&mut self, visit: &Visit<'_>) -> Result<Option<Vec<f32>>> {
        if self.but_dense && visit.layer.kind == Kind::Dense {
            return Ok(None);
        }
        let operator = self.work.main().operator(visit.layer.op);
        let shape = visit.quantized.first().map_or(&[][..], |value| &value.shape);
        let patches = Patches::of(visit.layer, operator, shape);
        let weights = operand(self.work, visit.layer.op, 1);
        let Some((patches, weights)) = patches.zip(weights) else {
            self.passed += 1;
            return Ok(None);
        };
        let bias = operand(self.work, visit.layer.op, visit.layer.bias());
        let task = Task {
            visit,
            patches,
            bias: bias.unwrap_or_else(|| vec![0.0; visit.layer.outputs()]),
            order: order(visit.layer, &patches),
            threads: self.threads,
        };
        let rounded = task.solve(&weights);
        self.rounded.push((visit.layer.clone(), rounded.clone()));
        Ok(Some(rounded))
    }
}

/// For each weight as a patch meets them, taps first and output channels last, its place in the tensor.
fn order(layer: &Layer, patches: &Patches) -> Vec<usize> {
    let (taps, outputs) = (patches.taps(), layer.outputs());
    let place = |at: usize| {
        if patches.is_apart() {
            at
        } else {
            at % outputs * taps + at / outputs
        }
    };
    (0..taps * outputs).map(place).collect()
}

/// One layer.
struct Task<'a> {
    visit: &'a Visit<'a>,
    patches: Patches,
    bias: Vec<f32>,
    order: Vec<usize>,
    threads: usize,
}

impl Task<'_> {
    /// The rounded weights.
    fn solve(&self, weights: &[f32]) -> Vec<f32> {
        let mut rounding = Rounding::of(weights, self.visit.integers, &self.order);
        let mut chance = Chance(1 + self.visit.layer.op.0 as u64);
        let records = self.visit.quantized.len();
        let places = self.patches.places();
        let each = places.min((PLACES / BATCH.min(records)).max(1));
        for step in 0..STEPS {
            let mut seen: Vec<(usize, usize)> = Vec::new();
            for _ in 0..BATCH.min(records) {
                let record = chance.below(records);
                if each == places {
                    seen.extend((0..places).map(|place| (record, place)));
                } else {
                    seen.extend((0..each).map(|_| (record, chance.below(places))));
                }
            }
            let gradient = self.gradient(&rounding.soft(), &seen);
            rounding.step(&gradient, step, STEPS);
        }
        rounding.hard()
    }

    /// The gradient of the mean squared error, by weight, on these records and places.
    fn gradient(&self, weights: &[f32], seen: &[(usize, usize)]) -> Vec<f32> {
        let parts: Vec<&[(usize, usize)]> = seen.chunks(seen.len().div_ceil(PARTS)).collect();
        let sums: Vec<Vec<f32>> = if self.threads == 1 {
            parts.iter().map(|part| self.part(weights, part)).collect()
        } else {
            parts.par_iter().map(|part| self.part(weights, part)).collect()
        };
        let mut all = vec![0.0; weights.len()];
        for sum in sums {
            all.iter_mut().zip(sum).for_each(|(all, x)| *all += x);
        }
        let scale = 2.0 / seen.len() as f32;
        all.iter_mut().for_each(|x| *x *= scale);
        all
    }

    fn part(&self, weights: &[f32], seen: &[(usize, usize)]) -> Vec<f32> {
        let outputs = self.bias.len();
        let mut gradient = vec![0.0f32; weights.len()];
        let (mut patch, mut made) = (Vec::new(), vec![0.0f32; outputs]);
        for (record, place) in seen {
            let values = self.visit.quantized[*record].as_f32().unwrap_or_default();
            let wanted = self.visit.wanted[*record].as_f32().unwrap_or_default();
            let wanted = &wanted[place * outputs..][..outputs];
            patch.clear();
            self.patches.gather(values, *place, &mut patch);
            made.copy_from_slice(&self.bias);
            if self.patches.is_apart() {
                for (xs, weights) in patch.chunks_exact(outputs).zip(weights.chunks_exact(outputs)) {
                    let each = made.iter_mut().zip(xs).zip(weights);
                    each.for_each(|((sum, x), weight)| *sum += x * weight);
                }
            } else {
                for (x, weights) in patch.iter().zip(weights.chunks_exact(outputs)) {
                    if *x != 0.0 {
                        made.iter_mut()
                            .zip(weights)
                            .for_each(|(sum, weight)| *sum += x * weight);
                    }
                }
            }
            let mut any = false;
            for (made, wanted) in made.iter_mut().zip(wanted) {
                let is = activated(self.visit.activation, *made);
                let moves = is.to_bits() == made.to_bits();
                *made = if moves {
                    is - activated(self.visit.activation, *wanted)
                } else {
                    0.0
                };
                any |= *made != 0.0;
            }
            if !any {
                continue;
            }
            if self.patches.is_apart() {
                for (xs, sums) in patch
                    .chunks_exact(outputs)
                    .zip(gradient.chunks_exact_mut(outputs))
                {
                    let each = sums.iter_mut().zip(xs).zip(&made);
                    each.for_each(|((sum, x), error)| *sum += x * error);
                }
            } else {
                for (x, sums) in patch.iter().zip(gradient.chunks_exact_mut(outputs)) {
                    if *x != 0.0 {
                        sums.iter_mut()
                            .zip(&made)
                            .for_each(|(sum, error)| *sum += x * error);
                    }
                }
            }
        }
        gradient
    }
}

/// Rounds the weights of a model.
///
/// # Errors
/// As [`Layerwise::run`].
pub fn run(
    reference: &Model,
    model: &mut Model,
    numbers: &Numbers,
    room: Room<'_>,
    but_dense: bool,
) -> Result<Done> {
    let mut cure = AdaRound {
        work: model,
        threads: room.threads,
        but_dense,
        rounded: Vec::new(),
        passed: 0,
    };
    let records = Layerwise {
        reference,
        work: model,
        numbers,
        room,
    }
    .run(&mut cure)?;
    let (rounded, passed) = (cure.rounded, cure.passed);
    let mut edit = Edit::of(model);
    for (layer, weights) in &rounded {
        edit.set(layer.op, 1, weights)?;
    }
    let mut what = format!(
        "weights of {} layers rounded, on {records} records",
        rounded.len()
    );
    if passed > 0 {
        what = format!(
            "{what}; {passed} layers (grouped, transposed, or several images at once) stay as the scheme rounds them"
        );
    }
    Ok(Done::new(Remedy::AdaRound, rounded.len(), what))
}
