//! What is searched, the candidates, and what is found.

use quant_numeric::clipped::Grid;

use crate::algorithm::{Bits, EPSILON, Factors};

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
    /// Mean squared error of each factor: as the definition gives it for all that may be the least, else within a few parts in
    /// a hundred of it.
    pub losses: Vec<f64>,
    /// The first factor with the least loss.
    pub best: usize,
    /// Scale and offset of its range.
    pub factors: Factors,
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
pub(super) fn rank(count: usize, percentile: f64) -> usize {
    if 1.0 - percentile < f64::from(EPSILON) {
        return 1;
    }
    let inside = (percentile * count as f64) as usize;
    (count - inside.min(count)).clamp(1, count)
}

/// Scale and offset that a factor means: the lower end moves only without an offset.
pub(super) fn factors_of(factor: f32, max_init: f32, min_init: f32, search: &Search) -> Factors {
    let min = if search.asymmetric {
        min_init
    } else {
        factor * min_init
    };
    Factors::of_range(factor * max_init, min, search.asymmetric, search.bits)
}

pub(super) fn grid(factor: f32, max_init: f32, min_init: f32, search: &Search) -> Grid {
    let scale = factors_of(factor, max_init, min_init, search).scale;
    let max = factor * max_init;
    if search.asymmetric {
        return Grid {
            min: min_init,
            max,
            scale,
        };
    }
    let max = max.max(-(factor * min_init));
    Grid {
        min: -max,
        max,
        scale,
    }
}

/// The first of the least losses; NaN never.
pub(super) fn least(losses: &[f64]) -> usize {
    let mut best = 0;
    for (index, loss) in losses.iter().enumerate() {
        if *loss < losses[best] || losses[best].is_nan() {
            best = index;
        }
    }
    best
}
