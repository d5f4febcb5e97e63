//! Loops over values whose range is searched: their extremes, the squared error of grids, and where they lie.
//!
//! Plain Rust that is compiled for several vector units. Sums are taken in sixteen lanes and block after block, so that they
//! are the same bits on every machine and with any number of threads.
#![allow(clippy::inline_always)] // a function that is not inlined is compiled for every machine only

mod bins;
#[cfg(target_arch = "x86_64")]
mod compressed;
mod places;

pub use bins::{Bins, Tally};

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
