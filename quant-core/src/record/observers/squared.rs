//! The range with the least squared error.

use quant_ir::error::Result;
use quant_kernel::Range;
use quant_numeric::round::half_away_f64 as round;

use super::histogram::{BINS, Histogram};
use crate::record::observer::{Merge, Observer};
use crate::record::wire::{Reader, Writer};

/// The range that gives the least sum of squared errors when values are quantized to 256 levels with a zero point (the search
/// of Banner et al., arXiv 1810.05723, and Nagel et al., arXiv 2106.08295, 3.1, on a grid).
///
/// The values of a tensor are counted in 2,048 bins between its extremes, and stand in the middles of the bins. The extremes, with
/// 0 between them, are shrunk on a grid: the end farther from zero to 1, 0.98, …, 0.2 of itself (41), the other one to
/// 1, 0.9, …, 0 (11). scale = (max − min) / 255, zero point = round(−min / scale), and an integer is
/// round(x / scale) + zero point, clamped to 0…255; ties away from zero, all in f64. Of equal errors the one that is shrunk
/// less holds, the far end first. It takes two passes; 16 KiB a tensor.
#[derive(Clone, Debug, PartialEq)]
pub struct SquaredError {
    histogram: Histogram,
    seen: bool,
}

impl SquaredError {
    /// Of a tensor whose values are in `range`.
    pub fn new(range: Range) -> Self {
        Self {
            histogram: Histogram::new(range.min, range.max),
            seen: false,
        }
    }

    /// What is counted.
    pub fn histogram(&self) -> &Histogram {
        &self.histogram
    }

    pub(crate) fn store(&self, out: &mut Writer) {
        out.u8(u8::from(self.seen));
        self.histogram.store(out);
    }

    pub(crate) fn load(from: &mut Reader<'_>) -> Result<Self> {
        Ok(Self {
            seen: from.flag()?,
            histogram: Histogram::load(from)?,
        })
    }
}

/// The sum of squared errors of values (a middle of a bin and how many are there), between two ends with 0 between them.
fn error(values: &[(f64, f64)], min: f64, max: f64) -> f64 {
    let scale = (max - min) / 255.0;
    let zero_point = round(-min / scale);
    let one = |(x, count): &(f64, f64)| {
        let integer = (round(x / scale) + zero_point).clamp(0.0, 255.0);
        let off = x - (integer - zero_point) * scale;
        count * off * off
    };
    values.iter().map(one).sum()
}

impl Observer for SquaredError {
    type Sample = Vec<u32>;

    fn merging(&self) -> Merge {
        Merge::AnyOrder
    }

    fn sample_bytes(&self) -> usize {
        BINS * size_of::<u32>()
    }

    fn sample(&self, values: &[f32], _: Range) -> Vec<u32> {
        self.histogram.sample(values.iter().copied())
    }

    fn add(&mut self, counts: Vec<u32>) {
        self.seen = true;
        self.histogram.add(counts);
    }

    fn merge(&mut self, later: Self) {
        self.seen |= later.seen;
        self.histogram.merge(&later.histogram);
    }

    fn range(&self) -> Option<Range> {
        if !self.seen {
            return None;
        }
        let (low, high) = self.histogram.ends();
        let (min, max) = (f64::from(low).min(0.0), f64::from(high).max(0.0));
        if min == max {
            return Some(Range { min: low, max: high });
        }
        let middle = |bin: usize| f64::from(low) + (bin as f64 + 0.5) * self.histogram.width();
        let bins = self.histogram.counts().iter().enumerate();
        let bins = bins.filter(|(_, count)| **count > 0);
        let values: Vec<(f64, f64)> = bins.map(|(bin, count)| (middle(bin), *count as f64)).collect();
        let far_is_max = max >= -min;
        let mut best = (f64::INFINITY, 1.0, 1.0);
        for far in 0..41 {
            for near in 0..11 {
                let (far, near) = (1.0 - f64::from(far) * 0.02, 1.0 - f64::from(near) * 0.1);
                let (of_min, of_max) = if far_is_max { (near, far) } else { (far, near) };
                let error = error(&values, min * of_min, max * of_max);
                if error < best.0 {
                    best = (error, of_min, of_max);
                }
            }
        }
        // An end that stays is what it was, also where 0 is not between the extremes.
        let end = |end: f32, with_zero: f64, part: f64| {
            if part == 1.0 {
                end
            } else {
                (with_zero * part) as f32
            }
        };
        Some(Range {
            min: end(low, min, best.1),
            max: end(high, max, best.2),
        })
    }
}

#[cfg(test)]
mod tests;
