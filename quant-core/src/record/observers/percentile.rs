//! Percentiles of the records' minima and maxima.

use std::collections::BinaryHeap;

use quant_ir::error::Result;
use quant_kernel::Range;

use crate::record::observer::{Merge, Observer};
use crate::record::wire::{Reader, Writer};

/// The percentile of all minima and that of all maxima, with linear interpolation between the two nearest ranks.
///
/// Of N records the state keeps the ⌊p / 100 · (N − 1)⌋ + 2 least values, or, when they are fewer, as many of the
/// greatest as reach down to the same rank: percentiles 1 and 99 of a million records take 10,000 floats each.
#[derive(Clone, Debug)]
pub struct Percentile {
    minima: Kept,
    maxima: Kept,
}

impl Percentile {
    /// The percentiles `min` of the minima and `max` of the maxima (0…100) of at most `records` records.
    pub fn new(min: f32, max: f32, records: usize) -> Self {
        Self {
            minima: Kept::new(min, records),
            maxima: Kept::new(max, records),
        }
    }
}

impl Percentile {
    pub(crate) fn store(&self, out: &mut Writer) {
        self.minima.store(out);
        self.maxima.store(out);
    }

    pub(crate) fn load(&mut self, from: &mut Reader<'_>) -> Result<()> {
        self.minima.load(from)?;
        self.maxima.load(from)
    }
}

impl Observer for Percentile {
    type Sample = Range;

    fn sample(&self, _: &[f32], range: Range) -> Range {
        range
    }

    fn reads_values(&self) -> bool {
        false
    }

    fn merging(&self) -> Merge {
        Merge::AnyOrder
    }

    fn add(&mut self, range: Range) {
        self.minima.add(range.min);
        self.maxima.add(range.max);
    }

    fn merge(&mut self, later: Self) {
        self.minima.merge(later.minima);
        self.maxima.merge(later.maxima);
    }

    fn range(&self) -> Option<Range> {
        Some(Range {
            min: self.minima.percentile()?,
            max: self.maxima.percentile()?,
        })
    }
}

/// The values at one end that decide a percentile.
#[derive(Clone, Debug)]
struct Kept {
    percentile: f32,
    /// Whether the greatest values are kept, and not the least.
    greatest: bool,
    limit: usize,
    /// Of at most so many values the rank is among those that are kept.
    most: usize,
    /// How many values there were.
    seen: usize,
    /// The innermost value on top.
    values: BinaryHeap<i32>,
}

impl Kept {
    fn new(percentile: f32, records: usize) -> Self {
        let last = records.saturating_sub(1);
        let index = index(last, percentile);
        // When records lack the tensor, the rank lies elsewhere. From below it only falls. From above it falls, too,
        // but for the roundings in `index` (2⁻²³ of it) and to a whole rank.
        let slack = 2 + (last >> 22);
        let least = index.saturating_add(2);
        let greatest = (last - index).saturating_add(1 + slack);
        Self {
            percentile,
            greatest: greatest < least,
            limit: least.min(greatest),
            most: records,
            seen: 0,
            values: BinaryHeap::new(),
        }
    }

    fn add(&mut self, value: f32) {
        self.seen += 1;
        self.keep(if self.greatest {
            !ordered(value.to_bits())
        } else {
            ordered(value.to_bits())
        });
    }

    /// Takes a value, by its place in the order from the end that is kept.
    fn keep(&mut self, place: i32) {
        if self.values.len() < self.limit {
            self.values.push(place);
        } else if let Some(mut innermost) = self.values.peek_mut()
            && place < *innermost
        {
            *innermost = place;
        }
    }

    /// The values in their order, so that the same ones give the same bytes.
    fn store(&self, out: &mut Writer) {
        out.u64(self.seen as u64);
        let mut places = self.values.clone().into_vec();
        places.sort_unstable();
        out.u32(places.len() as u32);
        places.iter().for_each(|place| out.u32((*place).cast_unsigned()));
    }

    fn load(&mut self, from: &mut Reader<'_>) -> Result<()> {
        self.seen = from.size()?;
        let count = from.count(4)?;
        if self.seen > self.most || count != self.seen.min(self.limit) {
            return Err(from.wrong("another number of values than the percentile needs"));
        }
        let mut places = Vec::with_capacity(count);
        for _ in 0..count {
            places.push(from.u32()?.cast_signed());
        }
        if !places.is_sorted() {
            return Err(from.wrong("values that are out of order"));
        }
        self.values = places.into();
        Ok(())
    }

    fn merge(&mut self, later: Self) {
        self.seen += later.seen;
        later.values.into_iter().for_each(|place| self.keep(place));
    }

    /// The percentile; `None` of nothing, and of more values than there can be.
    fn percentile(&self) -> Option<f32> {
        let last = self.seen.checked_sub(1).filter(|last| *last < self.most)?;
        let mut places = self.values.clone().into_vec();
        places.sort_unstable();
        let value = |rank: usize| {
            let place = if self.greatest {
                !places[last - rank]
            } else {
                places[rank]
            };
            f32::from_bits(ordered(place.cast_unsigned()).cast_unsigned())
        };
        Some(interpolated(self.percentile, last, value))
    }
}

/// A float's bits as an integer of its place in the total order ([`f32::total_cmp`]), and back.
pub(super) fn ordered(bits: u32) -> i32 {
    let bits = bits.cast_signed();
    bits ^ ((bits >> 31).cast_unsigned() >> 1).cast_signed()
}

/// The rank below the percentile `p` of values that are ranked 0 to `last`, as ONE rounds it.
fn index(last: usize, p: f32) -> usize {
    ((f64::from(last as f32 * p) / 100.0).floor() as usize).min(last)
}

/// The percentile `p` (0…100) of values that are ranked 0 to `last`, in ONE's mix of f32 and f64.
fn interpolated(p: f32, last: usize, value: impl Fn(usize) -> f32) -> f32 {
    if p == 0.0 {
        return value(0);
    }
    let index = index(last, p);
    if p == 100.0 || index == last {
        return value(last);
    }
    let p = f64::from(p);
    let (low, high) = (value(index), value(index + 1));
    let percent = f64::from(index as f32 / last as f32);
    let fraction = ((p / 100.0 - percent) / ((index as f64 + 1.0) / last as f64 - percent)) as f32;
    low + fraction * (high - low)
}

#[cfg(test)]
mod tests;
