//! Loops over values whose range is searched: their extremes, the squared error of grids, and where they lie.
//!
//! Plain Rust that is compiled for several vector units. Sums are taken in sixteen lanes and block after block, so that they
//! are the same bits on every machine and with any number of threads.
#![allow(clippy::inline_always)] // a function that is not inlined is compiled for every machine only

use rayon::prelude::*;

use crate::round::half_even_f32;

/// Values of which the extremes are kept together.
pub const RUN: usize = 256;

/// Values that a thread takes at once, a multiple of [`RUN`].
const BLOCK: usize = 1 << 15;

/// Values side by side.
const LANES: usize = 16;

/// Least and greatest of [`RUN`] values.
pub type Extremes = [f32; 2];

/// Least and greatest of every [`RUN`] values, the last of fewer; `None` when one is NaN or infinite.
pub fn extremes(values: &[f32]) -> Option<Vec<Extremes>> {
    let blocks: Option<Vec<Vec<Extremes>>> = values
        .par_chunks(BLOCK)
        .map(|block| pulp::Arch::new().dispatch(Runs(block)))
        .collect();
    Some(blocks?.concat())
}

struct Runs<'a>(&'a [f32]);

impl pulp::NullaryFnOnce for Runs<'_> {
    type Output = Option<Vec<Extremes>>;

    #[inline(always)]
    fn call(self) -> Self::Output {
        let mut found = Vec::with_capacity(self.0.len() / RUN + 1);
        let mut magnitude = 0;
        for run in self.0.chunks(RUN) {
            let mut least = [f32::INFINITY; LANES];
            let mut greatest = [f32::NEG_INFINITY; LANES];
            let mut bits = [0; LANES];
            let (lanes, rest) = run.as_chunks::<LANES>();
            for lanes in lanes {
                for (lane, &x) in lanes.iter().enumerate() {
                    least[lane] = if x < least[lane] { x } else { least[lane] };
                    greatest[lane] = if x > greatest[lane] { x } else { greatest[lane] };
                    bits[lane] = (x.to_bits() & 0x7fff_ffff).max(bits[lane]);
                }
            }
            for &x in rest {
                least[0] = least[0].min(x);
                greatest[0] = greatest[0].max(x);
                bits[0] = (x.to_bits() & 0x7fff_ffff).max(bits[0]);
            }
            let least = least.into_iter().fold(f32::INFINITY, f32::min);
            found.push([least, greatest.into_iter().fold(f32::NEG_INFINITY, f32::max)]);
            magnitude = bits.into_iter().fold(magnitude, u32::max);
        }
        (magnitude < f32::INFINITY.to_bits()).then_some(found)
    }
}

/// Whole multiples of `scale` that stand for the values from `min` to `max`; what lies outside is moved to the nearer end.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Grid {
    /// Least value.
    pub min: f32,
    /// Greatest value, not below `min`.
    pub max: f32,
    /// Distance of two multiples, greater than 0.
    pub scale: f32,
}

impl Grid {
    /// Which multiple stands for `x`: `round_half_even(clip(x) / scale)`.
    #[inline(always)]
    pub fn multiple(self, x: f32) -> f32 {
        let x = if x < self.min { self.min } else { x };
        let x = if x > self.max { self.max } else { x };
        half_even_f32(x / self.scale)
    }

    /// `(multiple(x) · scale − x)²`: the error in f32, its square in f64, where it cannot overflow.
    #[inline(always)]
    fn squared(self, x: f32) -> f64 {
        let error = f64::from(self.multiple(x) * self.scale - x);
        error * error
    }
}

/// The sum of squared errors of the values of all parts, for each grid. On the threads of the current rayon pool.
pub fn squared_errors(parts: &[&[f32]], grids: &[Grid]) -> Vec<f64> {
    let mut total = vec![0.0; grids.len()];
    for part in parts {
        add_squared_errors(&mut total, part, grids);
    }
    total
}

/// Adds the squared errors of more values to the sum of each grid: the same bits as [`squared_errors`] of all parts at once.
pub fn add_squared_errors(total: &mut [f64], values: &[f32], grids: &[Grid]) {
    let sums: Vec<Vec<f64>> = values
        .par_chunks(BLOCK)
        .map(|values| {
            let sum = |grid: &Grid| pulp::Arch::new().dispatch(Sum { values, grid: *grid });
            grids.iter().map(sum).collect()
        })
        .collect();
    for block in sums {
        for (total, sum) in total.iter_mut().zip(block) {
            *total += sum;
        }
    }
}

struct Sum<'a> {
    values: &'a [f32],
    grid: Grid,
}

impl pulp::NullaryFnOnce for Sum<'_> {
    type Output = f64;

    #[inline(always)]
    fn call(self) -> f64 {
        let mut sums = [0.0; LANES];
        let (lanes, rest) = self.values.as_chunks::<LANES>();
        for lanes in lanes {
            for (sum, &x) in sums.iter_mut().zip(lanes) {
                *sum += self.grid.squared(x);
            }
        }
        for &x in rest {
            sums[0] += self.grid.squared(x);
        }
        sums.into_iter().sum()
    }
}

/// Bins of one width over a range that holds 0, which is the centre of one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bins {
    /// Width of a bin, greater than 0.
    pub width: f32,
    /// The bin whose centre is 0.
    pub zero: usize,
    /// How many there are, at most [`Bins::MOST`].
    pub count: usize,
}

/// What a bin's places are counted in: this many to its width.
const PLACES: usize = 256;

/// A value in a bin, beside its place.
const ONE: u64 = 1 << 36;

impl Bins {
    /// The number of bins whose places a float still tells apart.
    pub const MOST: usize = 1 << 15;

    /// How far a value may be from where its place says that it is, in widths: two places.
    pub const DOUBT: f64 = 2.0 / PLACES as f64;

    /// Bins over `low`…`high`, which lie around 0; the end that is further from it is the centre of a bin.
    pub fn over(low: f32, high: f32) -> Self {
        let most = (Self::MOST - 8) as f32;
        let reach = high.max(-low);
        // Bins between 0 and the further end.
        let far = half_even_f32(most * (reach / (high - low))).max(1.0);
        let width = reach / far;
        let below = (-low / width).ceil() as usize + 1;
        let above = (high / width).ceil() as usize + 1;
        Self {
            width,
            zero: below,
            count: below + above + 1,
        }
    }

    /// How many values of all parts lie in each bin, and the sum of their distances from its centre, in widths. Values beyond
    /// the range are `beyond`'s, in their order. On the threads of the current rayon pool.
    pub fn tally(self, parts: &[&[f32]], [low, high]: [f32; 2]) -> Tally {
        let threads = rayon::current_num_threads().max(1);
        let all: usize = parts.iter().map(|part| part.len()).sum();
        // A bin of a table holds 2²⁸ values.
        let share = all.div_ceil(threads).next_multiple_of(RUN).clamp(BLOCK, 1 << 27);
        let pieces: Vec<&[f32]> = parts.iter().flat_map(|part| part.chunks(share)).collect();
        let place = Place {
            bins: self,
            low,
            high,
        };
        let found = pieces.par_iter().map(|values| {
            let mut found = (vec![0; 2 * self.count], Vec::new());
            pulp::Arch::new().dispatch(Spread {
                values,
                place,
                tables: &mut found.0,
                beyond: &mut found.1,
            });
            found
        });
        let found: Vec<_> = found.collect();
        let mut tally = Tally::new(self);
        for (tables, beyond) in found {
            tally.beyond.extend(beyond);
            let (one, two) = tables.split_at(self.count);
            for ((bin, one), two) in tally.bins.iter_mut().zip(one).zip(two) {
                let (count, places) = ((one >> 36) + (two >> 36), (one % ONE) + (two % ONE));
                bin.0 += count;
                // Places are counted from the lower edge. The numbers are whole: no sum is rounded.
                bin.1 += places as f64 / PLACES as f64 - count as f64 / 2.0;
            }
        }
        tally
    }
}

/// Where values lie.
#[derive(Clone, Debug, PartialEq)]
pub struct Tally {
    /// Of each bin: the number of its values, and the sum of their distances from its centre in widths.
    pub bins: Vec<(u64, f64)>,
    /// Values outside the range.
    pub beyond: Vec<f32>,
}

impl Tally {
    /// Nothing counted yet in so many bins.
    pub fn new(bins: Bins) -> Self {
        Self {
            bins: vec![(0, 0.0); bins.count],
            beyond: Vec::new(),
        }
    }

    /// Adds what was counted of other values in the same bins. The numbers are whole: no sum is rounded.
    pub fn add(&mut self, more: Self) {
        for (bin, more) in self.bins.iter_mut().zip(more.bins) {
            bin.0 += more.0;
            bin.1 += more.1;
        }
        self.beyond.extend(more.beyond);
    }
}

#[derive(Clone, Copy)]
struct Place {
    bins: Bins,
    low: f32,
    high: f32,
}

struct Spread<'a> {
    values: &'a [f32],
    place: Place,
    tables: &'a mut [u64],
    beyond: &'a mut Vec<f32>,
}

impl pulp::NullaryFnOnce for Spread<'_> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        let Place { bins, low, high } = self.place;
        let factor = PLACES as f32 / bins.width;
        // At 2²³ the last bit of a float is 1: the sum is the place, rounded, in the bits below.
        let origin = (bins.zero * PLACES + PLACES / 2) as f32 + 8_388_608.0;
        let place = |x: f32| ((x * factor + origin).to_bits() & 0x7f_ffff) as usize;
        let (one, two) = self.tables.split_at_mut(bins.count);
        let mut places = [0; RUN];
        for run in self.values.chunks(RUN) {
            let mut outside = 0;
            for (to, &x) in places.iter_mut().zip(run) {
                outside += u32::from(x < low) + u32::from(x > high);
                *to = place(x);
            }
            if outside == 0 {
                let (pairs, rest) = places[..run.len()].as_chunks::<2>();
                for [a, b] in pairs {
                    one[a / PLACES] += ONE + (a % PLACES) as u64;
                    two[b / PLACES] += ONE + (b % PLACES) as u64;
                }
                for a in rest {
                    one[a / PLACES] += ONE + (a % PLACES) as u64;
                }
                continue;
            }
            for (&x, &a) in run.iter().zip(&places) {
                if x < low || x > high {
                    self.beyond.push(x);
                } else {
                    one[a / PLACES] += ONE + (a % PLACES) as u64;
                }
            }
        }
    }
}
