//! Percentiles of values.

use quant_ir::error::Result;
use quant_kernel::Range;

use super::percentile::ordered;
use crate::record::observer::{Merge, Observer};
use crate::record::wire::{Reader, Writer};

/// The percentile `p` of all values of all records at the upper end, and 100 − p at the lower end, as the percentile
/// calibrators of TensorRT and of pytorch-quantization have it (Wu et al., *Integer quantization for deep learning inference*,
/// arXiv 2004.09602).
///
/// A histogram counts the values, whose edges are fixed for all floats: sign, exponent and the first eight bits of the
/// mantissa are one bin, so that it needs no range to begin with, an outlier of any size leaves the others where they are, and
/// parts add up exactly. With N values, N · (1 − p / 100) are cut off at each end; the end lies within a bin by linear
/// interpolation (in f64), and never beyond the extremes: it is within 1/256 of the exact percentile.
///
/// Memory: 2 KiB for each pair of sign and exponent among the values, so 1 MiB at most, and some 100 KiB as a rule. NaN and the
/// lowest float are passed over.
#[derive(Clone, Debug, PartialEq)]
pub struct Values {
    percentile: f64,
    range: Option<Range>,
    /// Of each sign and exponent, in the order of the floats; those without values are empty.
    pages: Vec<Vec<u64>>,
}

/// Bits of a float that the bins do not tell apart.
const REST: u32 = 15;

/// Bins of one sign and exponent.
const PAGE: usize = 1 << (23 - REST);

/// Pairs of sign and exponent.
const PAGES: usize = 512;

/// With fewer values, sorting is faster than counting.
const FEW: usize = 2048;

/// The bin of a value, from 0 for the least of all floats.
fn bin(x: f32) -> usize {
    let place = ordered((x + 0.0).to_bits()) >> REST;
    (place + (PAGES * PAGE / 2) as i32) as usize
}

/// The magnitude with these first bits; beyond the greatest float there is none.
fn magnitude(bits: usize) -> f64 {
    f64::from(f32::from_bits(((bits as u32) << REST).min(f32::MAX.to_bits())))
}

impl Values {
    /// The percentile `p`, 50…100.
    pub fn new(percentile: f64) -> Self {
        Self {
            percentile,
            range: None,
            pages: Vec::new(),
        }
    }

    /// The least and the greatest value.
    pub fn extremes(&self) -> Option<Range> {
        self.range
    }

    /// The percentile.
    pub fn percentile(&self) -> f64 {
        self.percentile
    }

    fn count(&mut self, bin: usize, count: u64) {
        if self.pages.is_empty() {
            self.pages.resize(PAGES, Vec::new());
        }
        if let Some(page) = self.pages.get_mut(bin / PAGE) {
            if page.is_empty() {
                page.resize(PAGE, 0);
            }
            page[bin % PAGE] = page[bin % PAGE].saturating_add(count);
        }
    }

    /// Bins with values, and how many each has, from the least on.
    pub fn bins(&self) -> impl DoubleEndedIterator<Item = (usize, u64)> {
        let pages = self.pages.iter().enumerate();
        let bins = pages.flat_map(|(page, counts)| {
            let counts = counts.iter().enumerate();
            counts.map(move |(bin, count)| (page * PAGE + bin, *count))
        });
        bins.filter(|(_, count)| *count > 0)
    }

    /// The edges of a bin.
    pub fn edges(bin: usize) -> (f64, f64) {
        let half = PAGES * PAGE / 2;
        match bin.checked_sub(half) {
            Some(bits) => (magnitude(bits), magnitude(bits + 1)),
            None => (-magnitude(half - bin), -magnitude(half - bin - 1)),
        }
    }

    pub(crate) fn store(&self, out: &mut Writer) {
        out.range(self.range);
        out.u32(self.bins().count() as u32);
        for (bin, count) in self.bins() {
            out.u32(bin as u32);
            out.u64(count);
        }
    }

    pub(crate) fn load(&mut self, from: &mut Reader<'_>) -> Result<()> {
        self.range = from.range()?;
        let (mut before, mut all) = (None, 0);
        for _ in 0..from.count(12)? {
            let (bin, count) = (from.u32()? as usize, from.u64()?);
            if bin >= PAGES * PAGE || count == 0 || before.is_some_and(|before| bin <= before) {
                return Err(from.wrong("a bin that is out of order, empty or beyond the last"));
            }
            before = Some(bin);
            all = from.sum(all, Some(count))?;
            self.count(bin, count);
        }
        Ok(())
    }
}

/// The bin in which `cut` values are reached, and which part of it they take.
fn reached(bins: impl Iterator<Item = (usize, u64)>, cut: f64) -> Option<(usize, f64)> {
    let mut before = 0.0;
    for (bin, count) in bins {
        let count = count as f64;
        if before + count >= cut {
            return Some((bin, (cut - before) / count));
        }
        before += count;
    }
    None
}

impl Observer for Values {
    type Sample = (Range, Vec<(u32, u32)>);

    fn merging(&self) -> Merge {
        Merge::AnyOrder
    }

    /// That of 4,096 bins.
    fn sample_bytes(&self) -> usize {
        32 << 10
    }

    fn sample(&self, values: &[f32], range: Range) -> Self::Sample {
        let counts = |x: &&f32| **x >= range.min && **x <= range.max;
        let values = values.iter().filter(counts);
        let (first, last) = (bin(range.min), bin(range.max));
        if values.clone().count() < FEW {
            let mut bins: Vec<u32> = values.map(|x| bin(*x) as u32).collect();
            bins.sort_unstable();
            let equal = bins.chunk_by(|a, b| a == b);
            return (range, equal.map(|bins| (bins[0], bins.len() as u32)).collect());
        }
        let mut counts = vec![0u32; last - first + 1];
        for x in values {
            counts[bin(*x) - first] += 1;
        }
        let counts = counts.into_iter().enumerate();
        let found = counts.filter(|(_, count)| *count > 0);
        (
            range,
            found.map(|(at, count)| ((first + at) as u32, count)).collect(),
        )
    }

    fn add(&mut self, (range, bins): Self::Sample) {
        self.range = Some(self.range.map_or(range, |so_far| so_far.join(range)));
        for (bin, count) in bins {
            self.count(bin as usize, u64::from(count));
        }
    }

    fn merge(&mut self, later: Self) {
        if let Some(range) = later.range {
            self.range = Some(self.range.map_or(range, |so_far| so_far.join(range)));
        }
        for (bin, count) in later.bins() {
            self.count(bin, count);
        }
    }

    fn range(&self) -> Option<Range> {
        let range = self.range?;
        let total = self
            .bins()
            .fold(0u64, |sum, (_, count)| sum.saturating_add(count));
        let cut = total as f64 * (100.0 - self.percentile) / 100.0;
        let (low, share) = reached(self.bins(), cut)?;
        let (from, to) = Self::edges(low);
        let min = (from + (to - from) * share) as f32;
        let (high, share) = reached(self.bins().rev(), cut)?;
        let (from, to) = Self::edges(high);
        let max = (to - (to - from) * share) as f32;
        Some(Range {
            min: min.max(range.min).min(range.max),
            max: max.min(range.max).max(range.min),
        })
    }
}

#[cfg(test)]
mod tests;
