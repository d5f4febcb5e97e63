//! The threshold that keeps most of the information.

use quant_ir::error::Result;
use quant_kernel::Range;

use super::histogram::{BINS, Histogram};
use crate::record::observer::{Merge, Observer};
use crate::record::wire::{Reader, Writer};

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
#[derive(Clone, Debug, PartialEq)]
pub struct Entropy {
    range: Range,
    histogram: Histogram,
    seen: bool,
}

impl Entropy {
    /// Of a tensor whose values are in `range`.
    pub fn new(range: Range) -> Self {
        Self {
            range,
            histogram: Histogram::new(0.0, range.max.abs().max(range.min.abs())),
            seen: false,
        }
    }

    /// What is counted, |x|.
    pub fn histogram(&self) -> &Histogram {
        &self.histogram
    }

    /// The range of the first pass.
    pub fn extremes(&self) -> Range {
        self.range
    }

    /// How many bins are kept.
    fn best(&self) -> usize {
        let counts = self.histogram.counts();
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

    pub(crate) fn store(&self, out: &mut Writer) {
        out.range(Some(self.range));
        out.u8(u8::from(self.seen));
        self.histogram.store(out);
    }

    pub(crate) fn load(from: &mut Reader<'_>) -> Result<Self> {
        let range = from.edges()?;
        let seen = from.flag()?;
        let histogram = Histogram::load(from)?;
        if histogram.ends() != Self::new(range).histogram.ends() {
            return Err(from.wrong("a histogram over other ends than its extremes"));
        }
        Ok(Self {
            range,
            histogram,
            seen,
        })
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

impl Observer for Entropy {
    type Sample = Vec<u32>;

    fn merging(&self) -> Merge {
        Merge::AnyOrder
    }

    fn sample_bytes(&self) -> usize {
        BINS * size_of::<u32>()
    }

    fn sample(&self, values: &[f32], _: Range) -> Vec<u32> {
        let within = |x: &f32| *x != 0.0 && *x >= self.range.min && *x <= self.range.max;
        let values = values.iter().copied().filter(within);
        self.histogram.sample(values.map(f32::abs))
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
        let bins = self.best();
        if bins == BINS {
            return Some(self.range);
        }
        let threshold = (self.histogram.width() * bins as f64) as f32;
        Some(Range {
            min: self.range.min.max(-threshold).min(threshold),
            max: self.range.max.min(threshold).max(-threshold),
        })
    }
}

#[cfg(test)]
mod tests;
