//! HFMG: the range of an activation whose histogram loses least when it is quantized.

use super::factors::{Factors, of_range};

/// Counts of values in equal bins from `min` to `max`.
struct Bins {
    min: f32,
    max: f32,
    counts: Vec<u64>,
}

impl Bins {
    fn of(values: &[f32], min: f32, max: f32, bins: usize) -> Self {
        let mut counts = vec![0; bins];
        for x in values {
            let bin = ((x - min) / (max - min) * bins as f32) as usize;
            counts[bin.min(bins - 1)] += 1;
        }
        Self { min, max, counts }
    }

    fn width(&self) -> f32 {
        (self.max - self.min) / self.counts.len() as f32
    }

    /// The next batch: its values over the range of both, and the old bins put into those that hold their ends.
    fn and(&self, values: &[f32]) -> Self {
        let bins = self.counts.len();
        let min = values.iter().copied().fold(self.min, f32::min);
        let max = values.iter().copied().fold(self.max, f32::max);
        let mut all = Self::of(values, min, max, bins);
        if (min, max) == (self.min, self.max) {
            for (count, old) in all.counts.iter_mut().zip(&self.counts) {
                *count += old;
            }
            return all;
        }
        let (width, old) = (all.width(), self.width());
        for (bin, count) in self.counts.iter().enumerate() {
            let (low, high) = (self.min + old * bin as f32, self.min + old * (bin + 1) as f32);
            let [a, b] = [low, high].map(|x| (((x - min) / width) as usize).min(bins - 1));
            let share = if a == b {
                *count
            } else {
                let edge = min + width * (a + 1) as f32;
                ((*count as f32 * (edge - low) / old) as u64).min(*count)
            };
            all.counts[a] += share;
            all.counts[b] += count - share;
        }
        all
    }

    /// What 256 steps over the bins from `first` to `last` lose: values are spread evenly over their bin, and squares of
    /// distances from the step's middle are integrated over it.
    fn loss(&self, first: usize, last: usize) -> f64 {
        let width = f64::from(self.width());
        let step = width * (last + 1 - first) as f64 / 256.0;
        if step < f64::from(f32::EPSILON) {
            return 0.0;
        }
        let between = |from: f64, to: f64| (to.powi(3) - from.powi(3)) / 3.0;
        let of = |x: f64| (x / step).floor().clamp(0.0, 255.0);
        let mut loss = 0.0;
        for (bin, count) in self.counts.iter().enumerate() {
            let low = (bin as f64 - first as f64) * width;
            let high = low + width;
            let (from, to) = (of(low), of(high));
            let (start, end) = (low - (from + 0.5) * step, high - (to + 0.5) * step);
            let squares = if from == to {
                between(start, end)
            } else {
                let half = step / 2.0;
                between(start, half) + (to - from - 1.0) * between(-half, half) + between(-half, end)
            };
            loss += *count as f64 / width * squares;
        }
        loss
    }
}

/// Scale and offset by the values of each batch. From both ends in turns as many values as a hundred-thousandth of all, at least
/// one, are passed over; the end that goes further in for them is moved, while more than a quarter of the bins is left.
pub(super) fn hfmg(batches: &[Vec<f32>], bins: usize, offset: bool) -> Factors {
    let first = &batches[0];
    let min = first.iter().copied().fold(f32::INFINITY, f32::min);
    let max = first.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let first = Bins::of(first, min, max, bins);
    let all = batches[1..].iter().fold(first, |all, batch| all.and(batch));
    let total: u64 = all.counts.iter().sum();
    let share = total.div_ceil(100_000).max(1);
    let (mut low, mut high) = (0, bins - 1);
    let mut best: Option<(f64, usize, usize)> = None;
    while high - low > bins.div_ceil(4) {
        let (mut up, mut passed) = (low, 0);
        while up < high && passed < share {
            passed += all.counts[up];
            up += 1;
        }
        let (mut down, mut passed) = (high, 0);
        while down > up && passed < share {
            passed += all.counts[down];
            down -= 1;
        }
        if high - down >= up - low {
            high = down;
        } else {
            low = up;
        }
        let loss = all.loss(low, high);
        if best.is_none_or(|(least, ..)| loss < least) {
            best = Some((loss, low, high));
        }
    }
    let (min, max) = match best {
        Some((_, low, high)) => (
            all.min + all.width() * low as f32,
            all.min + all.width() * (high + 1) as f32,
        ),
        None => (all.min, all.max),
    };
    of_range(max.max(0.0), min.min(0.0), offset)
}
