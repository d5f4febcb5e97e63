//! Histograms of equal bins, and how one batch's is merged with those before it.

use quant_ir::Result;

use super::finite;

/// Counts of values in equal bins over `min`…`max`; the last bin holds `max`.
#[derive(Clone, Debug, PartialEq)]
pub struct Histogram {
    /// Lower edge of the first bin.
    pub min: f32,
    /// Upper edge of the last bin.
    pub max: f32,
    /// Number of values in each bin.
    pub counts: Vec<u64>,
}

impl Histogram {
    /// Histogram of a batch over its own range. NaN and infinity are an error; no values give a histogram of 0…0.
    pub fn of(values: &[f32], bins: usize) -> Result<Self> {
        finite(values)?;
        let max = values.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let min = values.iter().copied().fold(f32::INFINITY, f32::min);
        let (min, max) = if min > max { (0.0, 0.0) } else { (min, max) };
        Ok(Self::over(values, min, max, bins))
    }

    /// Histogram over a range that holds all `values`: bin `int((x − min) / (max − min) · bins)` in f32. When the range has
    /// no width all values are in the middle bin.
    pub fn over(values: &[f32], min: f32, max: f32, bins: usize) -> Self {
        let mut counts = vec![0; bins];
        let width = max - min;
        for &x in values {
            let share = if width > 0.0 { (x - min) / width } else { 0.5 };
            let place = share * bins as f32;
            counts[(place as usize).min(bins - 1)] += 1;
        }
        Self { min, max, counts }
    }

    /// Adds a batch: its histogram over the union of both ranges, and the old bins moved into it.
    pub fn add(&mut self, values: &[f32]) -> Result<()> {
        finite(values)?;
        let bins = self.counts.len();
        let max = values.iter().copied().fold(self.max, f32::max);
        let min = values.iter().copied().fold(self.min, f32::min);
        let new = Self::over(values, min, max, bins);
        let old = std::mem::replace(self, new);
        self.take(&old);
        Ok(())
    }

    /// Moves the bins of `old`, whose range lies within this one's, into this one. A bin that lies in one bin goes there; one
    /// that spans two is split where the edge cuts it, the lower part rounded down.
    pub fn take(&mut self, old: &Self) {
        let bins = self.counts.len();
        if (old.min, old.max) == (self.min, self.max) {
            for (count, more) in self.counts.iter_mut().zip(&old.counts) {
                *count += more;
            }
            return;
        }
        let width = self.width();
        let old_width = old.width();
        for (index, &count) in old.counts.iter().enumerate().filter(|(_, count)| **count > 0) {
            let start = old.min + old_width * index as f32;
            let end = old.min + old_width * (index + 1) as f32;
            let place = |x: f32| {
                if width > 0.0 {
                    ((x - self.min) / width) as usize
                } else {
                    0
                }
            };
            let (a, b) = (place(start).min(bins - 1), place(end).min(bins - 1));
            if a == b || old_width <= 0.0 {
                self.counts[a] += count;
                continue;
            }
            let edge = self.min + width * (a + 1) as f32;
            let share = (count as f32 * (edge - start) / old_width).max(0.0) as u64;
            let share = share.min(count);
            self.counts[a] += share;
            self.counts[b] += count - share;
        }
    }

    /// Width of a bin.
    pub fn width(&self) -> f32 {
        (self.max - self.min) / self.counts.len() as f32
    }

    /// Number of values.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}
