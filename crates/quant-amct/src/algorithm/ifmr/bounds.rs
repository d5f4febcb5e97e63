//! Bounds of the squared error of grids, from the number of values in narrow bins and the sum of each bin.
//!
//! All values of a bin that lies within the reach of one multiple `v` become `v`. With the bin's centre `c` and the values
//! `c + d` their error is `Σ(c − v)² + 2(c − v)Σd + Σd²`, where all is known but `Σd²`, between 0 and `n·w²/4` for a bin of width
//! `w`. A bin that an edge cuts goes to the multiple on whose side its centre lies, which makes the error of the others too
//! large, by at most `scale · w` each. Running sums over the bins give each multiple's part at once.

use quant_numeric::clipped::{Bins, Grid, Tally, squared_errors};
use rayon::prelude::*;

/// A squared error lies between these.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    pub at_least: f64,
    pub at_most: f64,
}

/// What arithmetic in f32 changes of an error, as a share of it.
const ROUNDING: f64 = 2e-4;

/// Where the values are counted, for grids over values that lie in `range`. `None` where bins say nothing: a range without width
/// or next to overflow.
pub(super) fn span(grids: &[Grid], [least, greatest]: [f32; 2]) -> Option<[f32; 2]> {
    let low = grids
        .iter()
        .map(|grid| grid.min)
        .fold(0.0, f32::min)
        .max(least.min(0.0));
    let high = grids
        .iter()
        .map(|grid| grid.max)
        .fold(0.0, f32::max)
        .min(greatest.max(0.0));
    (1e-20..1e18).contains(&(high - low)).then_some([low, high])
}

/// Bounds for each grid over the values of a tally. `None` where many values lie outside every grid.
pub(super) fn of(bins: Bins, tally: &Tally, grids: &[Grid]) -> Option<Vec<Bound>> {
    let count: u64 = tally.bins.iter().map(|(count, _)| count).sum();
    if (tally.beyond.len() as u64) > count / 32 {
        return None;
    }
    let beyond = squared_errors(&[&tally.beyond], grids);
    let sums = Sums::of(bins, &tally.bins);
    let bounds = grids.par_iter().zip(beyond).map(|(grid, beyond)| {
        let Bound { at_least, at_most } = sums.bound(*grid);
        Bound {
            at_least: (at_least * (1.0 - ROUNDING)).max(0.0) + beyond,
            at_most: at_most * (1.0 + ROUNDING) + beyond,
        }
    });
    Some(bounds.collect())
}

/// Of the bins before one: the number of their values, the sum, and the sum of squares without `Σd²`.
#[derive(Clone, Copy, Default)]
struct Before {
    count: f64,
    sum: f64,
    squares: f64,
}

impl Before {
    fn error(self, value: f64) -> f64 {
        self.squares - 2.0 * value * self.sum + value * value * self.count
    }
}

impl std::ops::Sub for Before {
    type Output = Self;

    fn sub(self, before: Self) -> Self {
        Self {
            count: self.count - before.count,
            sum: self.sum - before.sum,
            squares: self.squares - before.squares,
        }
    }
}

struct Sums {
    bins: Bins,
    before: Vec<Before>,
}

impl Sums {
    fn of(bins: Bins, counts: &[(u64, f64)]) -> Self {
        let width = f64::from(bins.width);
        let mut all = Before::default();
        let mut before = vec![all];
        for (index, (count, apart)) in counts.iter().enumerate() {
            let (count, apart) = (*count as f64, apart * width);
            let centre = (index as f64 - bins.zero as f64) * width;
            all.count += count;
            all.sum += count * centre + apart;
            all.squares += count * centre * centre + 2.0 * centre * apart;
            before.push(all);
        }
        Self { bins, before }
    }

    /// The first bin whose centre is not below `x`.
    fn at(&self, x: f64) -> usize {
        let place = x / f64::from(self.bins.width);
        // Rounded up. `ceil` is a call where the machine that is compiled for has no such instruction.
        let down = (place as i64) as f64;
        let up = if down < place { down + 1.0 } else { down };
        ((up + self.bins.zero as f64).max(0.0) as usize).min(self.bins.count)
    }

    /// How many values the bin holds that `x` lies in.
    fn cut(&self, x: f64) -> f64 {
        let bin = self.at(x - f64::from(self.bins.width) / 2.0);
        let end = (bin + 1).min(self.bins.count);
        (self.before[end] - self.before[bin]).count
    }

    fn bound(&self, grid: Grid) -> Bound {
        let (width, scale) = (f64::from(self.bins.width), f64::from(grid.scale));
        let (first, last) = (grid.multiple(grid.min), grid.multiple(grid.max));
        let all = self.before[self.bins.count];
        let (mut error, mut cut) = (0.0, 0.0);
        let mut start = 0;
        let mut multiple = f64::from(first);
        let mut doubt = (scale + width) * all.count;
        while multiple <= f64::from(last) {
            let edge = (multiple + 0.5) * scale;
            let end = if multiple < f64::from(last) {
                cut += self.cut(edge);
                self.at(edge)
            } else {
                self.bins.count
            };
            let part = self.before[end.max(start)] - self.before[start];
            error += part.error(multiple * scale);
            start = end.max(start);
            multiple += 1.0;
        }
        // Values that are clipped may be far from what stands for them.
        for (end, tail) in [
            (f64::from(first), self.before[self.at(f64::from(first) * scale)]),
            (
                f64::from(last),
                all - self.before[self.at(f64::from(last) * scale)],
            ),
        ] {
            doubt += 2.0 * (tail.sum - end * scale * tail.count).abs();
        }
        let doubt = doubt * width * Bins::DOUBT;
        Bound {
            at_least: error - doubt - cut * scale * width,
            at_most: error + doubt + all.count * width * width / 4.0,
        }
    }
}
