//! The threshold that keeps most of the information.

use quant_kernel::Range;

use super::binned::{Binned, Search};
use super::histogram::{BINS, Histogram};

/// The threshold T with the least Kullback–Leibler divergence between the values' distribution, clipped at T, and the same in
/// quantized levels (Migacz, *8-bit inference with TensorRT*, GTC 2017).
///
/// |x| of all values but zeros is counted in 2,048 bins from 0 to the greatest of all. Of L = 256 levels where no value is below
/// zero, else 128, every number of bins n from L to 2,048 is tried, the largest first:
///
/// - P: the first n bins, and everything behind them added to the last; over their sum;
/// - Q: the first n bins in L groups (bin j is in the group ⌊j · L / n⌋), each group's sum spread evenly over its bins that are
///   not empty; over their sum;
/// - Σ P · ln(P / Q) over bins where P is not 0; n is passed over where Q is 0 in one of them, and where more values are clipped
///   than kept: with nearly all of them in the last bin, P and Q are one point, and there is nothing to diverge.
///
/// T is the edge of the best n, and the range what of the extremes lies within ±T. It takes two passes; 16 KiB a tensor.
/// Levels are those of eight bits.
pub type Entropy = Binned<Threshold>;

/// What [`Entropy`] searches for.
#[derive(Clone, Debug, PartialEq)]
pub struct Threshold {
    range: Range,
}

impl Threshold {
    /// How many bins are kept.
    fn best(&self, counts: &[u64]) -> usize {
        let levels = if self.range.min < 0.0 { 128 } else { 256 };
        if counts.iter().all(|count| *count == 0) {
            return BINS;
        }
        let counts: Vec<f64> = counts.iter().map(|count| *count as f64).collect();
        let logs: Vec<f64> = counts.iter().map(|count| count.ln()).collect();
        let mut best = (f64::INFINITY, BINS);
        let all: f64 = counts.iter().sum();
        let mut behind = 0.0;
        for bins in (levels..=BINS).rev() {
            // Fewer bins clip even more.
            if behind > all - behind {
                break;
            }
            let divergence = divergence(&counts[..bins], &logs[..bins], behind, levels);
            behind += counts[bins - 1];
            if let Some(divergence) = divergence.filter(|divergence| *divergence < best.0) {
                best = (divergence, bins);
            }
        }
        best.1
    }
}

/// The divergence with these bins and so many values `behind` them; `None` where it is infinite. With c the counts, c′ those
/// with what is behind in the last, and g the evenly spread ones, Σ c′/ΣC′ · ln(c′/ΣC′ · Σc / g).
fn divergence(counts: &[f64], logs: &[f64], behind: f64, levels: usize) -> Option<f64> {
    let last = counts.len() - 1;
    if counts[last] == 0.0 && behind > 0.0 {
        return None;
    }
    let (mut sum, mut inside) = (0.0, 0.0);
    for level in 0..levels {
        // The bins j with ⌊j · levels / n⌋ = level.
        let first = |level: usize| (level * counts.len()).div_ceil(levels);
        let bins = first(level)..first(level + 1);
        let group = &counts[bins.clone()];
        let whole: f64 = group.iter().sum();
        if whole == 0.0 {
            continue;
        }
        inside += whole;
        let filled = group.iter().filter(|count| **count > 0.0).count();
        let spread = (whole / filled as f64).ln();
        for at in bins.filter(|at| counts[*at] > 0.0) {
            if at == last {
                let count = counts[at] + behind;
                sum += count * (count.ln() - spread);
            } else {
                sum += counts[at] * (logs[at] - spread);
            }
        }
    }
    let all = inside + behind;
    Some(sum / all - all.ln() + inside.ln())
}

impl Search for Threshold {
    const ENDS_TELL: bool = false;

    /// The histogram is of |x|.
    fn new(range: Range) -> (Self, Histogram) {
        let greatest = range.max.abs().max(range.min.abs());
        (Self { range }, Histogram::new(0.0, greatest))
    }

    fn extremes(&self) -> Range {
        self.range
    }

    fn counted(&self, values: &[f32]) -> impl Iterator<Item = f32> {
        let within = |x: &f32| *x != 0.0 && *x >= self.range.min && *x <= self.range.max;
        values.iter().copied().filter(within).map(f32::abs)
    }

    fn found(&self, histogram: &Histogram) -> Range {
        let bins = self.best(histogram.counts());
        if bins == BINS {
            return self.range;
        }
        let threshold = (histogram.width() * bins as f64) as f32;
        Range {
            min: self.range.min.max(-threshold).min(threshold),
            max: self.range.max.min(threshold).max(-threshold),
        }
    }
}

#[cfg(test)]
mod tests;
