//! IFMR: the range of an activation, searched for the least squared error.
//!
//! The definition takes every value once for each of some 61 ranges. Sorted, the values that become one integer stand
//! together, and their error is a difference of running sums: one sort takes the place of 61 passes. Those sums choose the
//! ranges that can be the best one, and only these are computed as the definition says, so that the choice is the definition's.

use std::ops::Range;

use quant_ir::Result;
use quant_numeric::round::half_even_f32;
use rayon::prelude::*;

use super::{Bits, EPSILON, Factors, finite};

/// What is searched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Search {
    /// Share of the values that the greatest range holds from below, in (0.5, 1].
    pub max_percentile: f64,
    /// The same from above.
    pub min_percentile: f64,
    /// First factor.
    pub start: f64,
    /// Factors are below it.
    pub end: f64,
    /// Distance of factors, greater than 0.
    pub step: f64,
    /// With an offset: only the upper end moves. Without: both ends.
    pub asymmetric: bool,
    /// The integers.
    pub bits: Bits,
}

impl Default for Search {
    fn default() -> Self {
        Self {
            max_percentile: 0.999_999,
            min_percentile: 0.999_999,
            start: 0.7,
            end: 1.3,
            step: 0.01,
            asymmetric: true,
            bits: Bits::INT8,
        }
    }
}

/// What IFMR found.
#[derive(Clone, Debug, PartialEq)]
pub struct Found {
    /// Upper end that factor 1 means; at least 0.
    pub max_init: f32,
    /// Lower end that factor 1 means; at most 0.
    pub min_init: f32,
    /// Mean squared error of each factor. To 1e-6 of it; the least ones as the definition gives them.
    pub losses: Vec<f64>,
    /// The first factor with the least loss.
    pub best: usize,
    /// Scale and offset of its range.
    pub factors: Factors,
}

/// One range that is tried.
#[derive(Clone, Copy)]
struct Candidate {
    max: f32,
    min: f32,
    scale: f32,
}

impl Candidate {
    /// The integer (without offset) that `x` becomes, as a float.
    fn integer(self, x: f32) -> f32 {
        half_even_f32(x.clamp(self.min, self.max) / self.scale)
    }
}

/// Scale and offset of `values`, in any order: all values of the batches that calibrate. NaN and infinity are an error; no
/// values give those of zeros. Sorts `values`.
pub fn search(values: &mut [f32], search: &Search) -> Result<Found> {
    finite(values)?;
    values.par_sort_unstable_by(f32::total_cmp);
    let count = values.len();
    let end = |percentile: f64| rank(count, percentile);
    let (max_init, min_init) = if count == 0 {
        (0.0, 0.0)
    } else {
        let max = values[count - end(search.max_percentile)];
        let min = values[end(search.min_percentile) - 1];
        (max.max(0.0), min.min(0.0))
    };
    let candidates: Vec<Candidate> = factors(search)
        .map(|factor| candidate(factor, max_init, min_init, search))
        .collect();
    let losses = losses(values, &candidates);
    let best = least(&losses);
    Ok(Found {
        max_init,
        min_init,
        best,
        losses,
        factors: factors_of(
            factors(search).nth(best).unwrap_or(1.0),
            max_init,
            min_init,
            search,
        ),
    })
}

/// The factors from `start` on by `step`, `ceil((end − start) / step)` of them in f64: 61 from 0.7 to 1.3 by 0.01, because
/// `(1.3 − 0.7) / 0.01` lands just above 60. At least one.
///
/// A factor is `start + i · step` in f64 as f32, and where the original makes eight at a time (in whole sixteens) only the first
/// of eight is; the others lie above it by multiples of the step in f32.
pub fn factors(search: &Search) -> impl Iterator<Item = f32> + use<> {
    let Search { start, end, step, .. } = *search;
    let count = ((end - start) / step).ceil().clamp(1.0, 1e6) as usize;
    let in_eights = count / 16 * 16;
    (0..count).map(move |i| {
        let lane = if i < in_eights { i % 8 } else { 0 };
        let first = (start + (i - lane) as f64 * step) as f32;
        first + lane as f32 * step as f32
    })
}

/// Which of `count` values, counted from the end, a percentile means: `count − int(p · count)`, and 1 when `1 − p` is below
/// [`EPSILON`].
fn rank(count: usize, percentile: f64) -> usize {
    if 1.0 - percentile < f64::from(EPSILON) {
        return 1;
    }
    let inside = (percentile * count as f64) as usize;
    (count - inside.min(count)).clamp(1, count)
}

/// Scale and offset that a factor means: the lower end moves only without an offset.
fn factors_of(factor: f32, max_init: f32, min_init: f32, search: &Search) -> Factors {
    let min = if search.asymmetric {
        min_init
    } else {
        factor * min_init
    };
    Factors::of_range(factor * max_init, min, search.asymmetric, search.bits)
}

fn candidate(factor: f32, max_init: f32, min_init: f32, search: &Search) -> Candidate {
    let scale = factors_of(factor, max_init, min_init, search).scale;
    let max = factor * max_init;
    if search.asymmetric {
        return Candidate {
            max,
            min: min_init,
            scale,
        };
    }
    let bound = max.max(-(factor * min_init));
    Candidate {
        max: bound,
        min: -bound,
        scale,
    }
}

/// The first of the least losses; NaN never.
fn least(losses: &[f64]) -> usize {
    let mut best = 0;
    for (index, loss) in losses.iter().enumerate() {
        if *loss < losses[best] || losses[best].is_nan() {
            best = index;
        }
    }
    best
}

/// Below so many values the definition itself is quick enough.
const FEW: usize = 1 << 12;

fn losses(sorted: &[f32], candidates: &[Candidate]) -> Vec<f64> {
    let exact = |candidate: &Candidate| defined_loss(sorted, *candidate);
    if sorted.len() <= FEW {
        return candidates.par_iter().map(exact).collect();
    }
    let sums = Sums::of(sorted);
    let mut losses: Vec<f64> = candidates
        .par_iter()
        .map(|candidate| sums.loss(*candidate))
        .collect();
    let least = losses.iter().copied().fold(f64::INFINITY, f64::min);
    // What the running sums can be wrong by.
    let limit = least * (1.0 + 1e-4) + 1e-8 * sums.mean_square();
    losses
        .par_iter_mut()
        .zip(candidates)
        .for_each(|(loss, candidate)| {
            if *loss <= limit {
                *loss = exact(candidate);
            }
        });
    losses
}

/// `mean((round(clip(x) / scale) · scale − x)²)`: errors in f32, their squares and the sum in f64, where they cannot overflow.
fn defined_loss(values: &[f32], candidate: Candidate) -> f64 {
    let squared = |&x: &f32| {
        let error = f64::from(candidate.integer(x) * candidate.scale - x);
        error * error
    };
    let sum: f64 = values.iter().map(squared).sum();
    if values.is_empty() {
        0.0
    } else {
        sum / values.len() as f64
    }
}

/// Sorted values with the sums of all before each block.
struct Sums<'a> {
    sorted: &'a [f32],
    /// Sum and sum of squares before each block of [`BLOCK`] values.
    before: Vec<(f64, f64)>,
}

const BLOCK: usize = 256;

impl<'a> Sums<'a> {
    fn of(sorted: &'a [f32]) -> Self {
        let mut before = Vec::with_capacity(sorted.len() / BLOCK + 2);
        let mut sum = (0.0, 0.0);
        before.push(sum);
        for block in sorted.chunks(BLOCK) {
            sum = add(sum, block);
            before.push(sum);
        }
        Self { sorted, before }
    }

    fn mean_square(&self) -> f64 {
        self.before[self.before.len() - 1].1 / self.sorted.len().max(1) as f64
    }

    /// Sum and sum of squares of the first `count` values.
    fn until(&self, count: usize) -> (f64, f64) {
        let block = count / BLOCK;
        add(self.before[block], &self.sorted[block * BLOCK..count])
    }

    fn loss(&self, candidate: Candidate) -> f64 {
        let mut error = 0.0;
        let mut start = 0;
        let mut sums = (0.0, 0.0);
        while start < self.sorted.len() {
            let integer = candidate.integer(self.sorted[start]);
            let end = self.last(start..self.sorted.len(), |x| candidate.integer(x) <= integer);
            let next = self.until(end);
            let value = f64::from(integer * candidate.scale);
            let (sum, squares) = (next.0 - sums.0, next.1 - sums.1);
            error += squares - 2.0 * value * sum + value * value * (end - start) as f64;
            (start, sums) = (end, next);
        }
        error.max(0.0) / self.sorted.len() as f64
    }

    /// The end of the values from `range.start` on for which `holds`: steps that double, then halves.
    fn last(&self, range: Range<usize>, holds: impl Fn(f32) -> bool) -> usize {
        let mut step = 1;
        let mut low = range.start;
        while low + step < range.end && holds(self.sorted[low + step]) {
            low += step;
            step *= 2;
        }
        let high = (low + step).min(range.end);
        low + self.sorted[low..high].partition_point(|&x| holds(x))
    }
}

fn add(sum: (f64, f64), values: &[f32]) -> (f64, f64) {
    values.iter().fold(sum, |(sum, squares), &x| {
        let x = f64::from(x);
        (sum + x, squares + x * x)
    })
}
