//! A histogram over a range that is known before: what entropy and squared errors are computed of.

use quant_ir::error::Result;

use crate::record::wire::{Reader, Writer};

/// Bins of a histogram, as TensorRT has them: 16 KiB a tensor.
pub const BINS: usize = 2048;

/// Counts in bins of equal width between two ends. With the ends from a first pass over the same records, every value has its
/// bin for good, and the counts of parts add up exactly.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    low: f32,
    high: f32,
    /// Empty until something is counted.
    counts: Vec<u64>,
}

impl Histogram {
    /// Nothing yet, between two ends.
    pub fn new(low: f32, high: f32) -> Self {
        Self {
            low,
            high,
            counts: Vec::new(),
        }
    }

    /// The lower and the upper end.
    pub fn ends(&self) -> (f32, f32) {
        (self.low, self.high)
    }

    /// The width of a bin: (high − low) / 2048, in f64.
    pub fn width(&self) -> f64 {
        (f64::from(self.high) - f64::from(self.low)) / BINS as f64
    }

    /// How many values each bin has; none without values.
    pub fn counts(&self) -> &[u64] {
        &self.counts
    }

    /// How many of these values fall into each bin, `⌊(x − low) / width⌋`, in f64; the upper end is in the last one. Values
    /// beyond the ends do not count.
    pub fn sample(&self, values: impl Iterator<Item = f32>) -> Vec<u32> {
        let (low, width) = (f64::from(self.low), self.width());
        let mut counts = vec![0; BINS];
        for x in values {
            if x >= self.low && x <= self.high {
                let bin = if width > 0.0 {
                    ((f64::from(x) - low) / width) as usize
                } else {
                    0
                };
                counts[bin.min(BINS - 1)] += 1;
            }
        }
        counts
    }

    /// Adds such counts.
    pub fn add<T: Into<u64>>(&mut self, counts: impl IntoIterator<Item = T>) {
        if self.counts.is_empty() {
            self.counts.resize(BINS, 0);
        }
        for (sum, count) in self.counts.iter_mut().zip(counts) {
            *sum = sum.saturating_add(count.into());
        }
    }

    /// Adds the counts of another one between the same ends.
    pub fn merge(&mut self, other: &Self) {
        if !other.counts.is_empty() {
            self.add(other.counts.iter().copied());
        }
    }

    pub(crate) fn store(&self, out: &mut Writer) {
        out.f32(self.low);
        out.f32(self.high);
        out.u32(self.counts.len() as u32);
        self.counts.iter().for_each(|count| out.u64(*count));
    }

    /// Reads one back. The ends are those that stand there.
    pub(crate) fn load(from: &mut Reader<'_>) -> Result<Self> {
        let (low, high) = (from.f32()?, from.f32()?);
        let count = from.count(8)?;
        let ends = low.is_finite() && high.is_finite() && low <= high;
        if !ends || (count > 0 && count != BINS) {
            return Err(from.wrong("a histogram without ends, or of another number of bins"));
        }
        let mut counts = Vec::with_capacity(count);
        let mut all = 0u64;
        for _ in 0..count {
            counts.push(from.u64()?);
            all = from.sum(all, counts.last().copied())?;
        }
        Ok(Self { low, high, counts })
    }
}
