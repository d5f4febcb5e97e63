//! The range with the least squared error.

use quant_kernel::Range;
use quant_numeric::round::half_away_f64 as round;

use super::binned::{Binned, Search};
use super::histogram::Histogram;

/// The range that gives the least sum of squared errors when values are quantized to 256 levels with a zero point (the search
/// of Banner et al., arXiv 1810.05723, and Nagel et al., arXiv 2106.08295, 3.1, on a grid).
///
/// The values of a tensor are counted in 2,048 bins between its extremes, and stand in the middles of the bins. The extremes, with
/// 0 between them, are shrunk on a grid: the end farther from zero to 1, 0.98, …, 0.2 of itself (41), the other one to
/// 1, 0.9, …, 0 (11). scale = (max − min) / 255, zero point = round(−min / scale), and an integer is
/// round(x / scale) + zero point, clamped to 0…255; ties away from zero, all in f64. Of equal errors the one that is shrunk
/// less holds, the far end first. It takes two passes; 16 KiB a tensor.
pub type SquaredError = Binned<Shrunk>;

/// What [`SquaredError`] searches for.
#[derive(Clone, Debug, PartialEq)]
pub struct Shrunk {
    range: Range,
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

impl Search for Shrunk {
    const ENDS_TELL: bool = true;

    fn new(range: Range) -> (Self, Histogram) {
        (Self { range }, Histogram::new(range.min, range.max))
    }

    fn extremes(&self) -> Range {
        self.range
    }

    fn counted(&self, values: &[f32]) -> impl Iterator<Item = f32> {
        values.iter().copied()
    }

    fn found(&self, histogram: &Histogram) -> Range {
        let (low, high) = (self.range.min, self.range.max);
        let (min, max) = (f64::from(low).min(0.0), f64::from(high).max(0.0));
        if min == max {
            return self.range;
        }
        let middle = |bin: usize| f64::from(low) + (bin as f64 + 0.5) * histogram.width();
        let bins = histogram.counts().iter().enumerate();
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
        Range {
            min: end(low, min, best.1),
            max: end(high, max, best.2),
        }
    }
}

#[cfg(test)]
mod tests;
