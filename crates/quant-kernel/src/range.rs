//! Smallest and largest value of what was written.

use pulp::{Arch, Simd, WithSimd};

/// The smallest and the largest number of a tensor. Zero is always +0, so that the order of looking does not show.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// Smallest number.
    pub min: f32,
    /// Largest number.
    pub max: f32,
}

impl Range {
    /// Of no numbers.
    pub const EMPTY: Self = Self {
        min: f32::INFINITY,
        max: f32::NEG_INFINITY,
    };

    /// The range of both; NaN when one of them is.
    #[must_use]
    pub fn join(self, other: Self) -> Self {
        let (less, more) = (other.min < self.min, other.max > self.max);
        let nan = other.min.is_nan() || other.max.is_nan();
        Self {
            min: if less || nan { other.min } else { self.min },
            max: if more || nan { other.max } else { self.max },
        }
    }

    /// The range of these values besides, by plain comparison.
    pub(super) fn with(self, values: &[f32]) -> Self {
        values
            .iter()
            .fold(self, |range, x| range.join(Self { min: *x, max: *x }))
    }

    /// The range of these values as [`min_max`] finds it; `None` when none of them counts.
    pub fn of(values: &[f32]) -> Option<Self> {
        Arch::new().dispatch(Scan(values)).checked(values)
    }

    /// Whether all values are finite.
    pub fn finite(values: &[f32]) -> bool {
        Arch::new().dispatch(Finite(values))
    }

    /// A range that was found by plain comparison, made exact: with the lowest float, which does not count, or NaN
    /// in it, it is looked for again in the `values` themselves; `None` when nothing counts.
    #[must_use]
    pub fn checked(self, values: &[f32]) -> Option<Self> {
        let plain = self.min > f32::MIN && self.min <= self.max;
        let (min, max) = if plain {
            (self.min, self.max)
        } else {
            min_max(values.iter().copied())?
        };
        Some(Self {
            min: min + 0.0,
            max: max + 0.0,
        })
    }
}

/// Smallest and largest value, NaN and the lowest float passed over; `None` when nothing remains.
///
/// The lowest float stands for "no value" in padded max pooling and would ruin every range.
pub fn min_max(values: impl IntoIterator<Item = f32>) -> Option<(f32, f32)> {
    let mut found: Option<(f32, f32)> = None;
    for x in values {
        if x.is_nan() || x == f32::MIN {
            continue;
        }
        found = Some(match found {
            None => (x, x),
            Some((min, max)) => (if x < min { x } else { min }, if x > max { x } else { max }),
        });
    }
    found
}

struct Scan<'a>(&'a [f32]);

impl WithSimd for Scan<'_> {
    type Output = Range;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Range {
        scan_with(simd, self.0)
    }
}

struct Finite<'a>(&'a [f32]);

impl WithSimd for Finite<'_> {
    type Output = bool;

    /// Zero times infinity or NaN is NaN, and stays so in the sum.
    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> bool {
        let zero = simd.splat_f32s(0.0);
        let (vectors, tail) = S::as_simd_f32s(self.0);
        let mut sum = zero;
        for x in vectors {
            sum = simd.mul_add_f32s(*x, zero, sum);
        }
        simd.reduce_sum_f32s(sum) == 0.0 && tail.iter().all(|x| x.is_finite())
    }
}

/// The range of these values, NaN passed over, the lowest float not.
#[inline(always)]
pub(super) fn scan_with<S: Simd>(simd: S, values: &[f32]) -> Range {
    let mut scan = Scanner::new(simd);
    scan.add(simd, values);
    scan.range(simd)
}

/// The range of values that come one run after the other.
pub(super) struct Scanner<S: Simd> {
    seen: [Seen<S>; 4],
    /// Of values that fill no vector.
    rest: Range,
}

impl<S: Simd> Scanner<S> {
    /// Nothing yet.
    #[inline(always)]
    pub fn new(simd: S) -> Self {
        Self {
            seen: [Seen::new(simd), Seen::new(simd), Seen::new(simd), Seen::new(simd)],
            rest: Range::EMPTY,
        }
    }

    /// Adds values.
    #[inline(always)]
    pub fn add(&mut self, simd: S, values: &[f32]) {
        let (vectors, tail) = S::as_simd_f32s(values);
        let (blocks, rest) = vectors.as_chunks::<4>();
        for block in blocks {
            for (seen, x) in self.seen.iter_mut().zip(block) {
                seen.add(simd, *x);
            }
        }
        for x in rest {
            self.seen[0].add(simd, *x);
        }
        if !tail.is_empty() {
            self.rest = self.rest.with(tail);
        }
    }

    /// The range of all. Without a closure over the vectors: that would be compiled without the vector unit.
    #[inline(always)]
    pub fn range(self, simd: S) -> Range {
        let [mut all, b, c, d] = self.seen;
        all.join(simd, b);
        all.join(simd, c);
        all.join(simd, d);
        self.rest.join(all.range(simd))
    }
}

/// A range in vectors, lane by lane.
#[derive(Clone, Copy)]
pub(super) struct Seen<S: Simd> {
    min: S::f32s,
    max: S::f32s,
}

impl<S: Simd> Seen<S> {
    /// Nothing yet.
    #[inline(always)]
    pub fn new(simd: S) -> Self {
        Self {
            min: simd.splat_f32s(f32::INFINITY),
            max: simd.splat_f32s(f32::NEG_INFINITY),
        }
    }

    /// Adds a vector. NaN is passed over or makes the range NaN, as the instruction set likes;
    /// [`Range::checked`] looks again in the second case.
    #[inline(always)]
    pub fn add(&mut self, simd: S, x: S::f32s) {
        self.min = simd.min_f32s(x, self.min);
        self.max = simd.max_f32s(x, self.max);
    }

    /// Adds what another one saw.
    #[inline(always)]
    pub fn join(&mut self, simd: S, other: Self) {
        self.min = simd.min_f32s(other.min, self.min);
        self.max = simd.max_f32s(other.max, self.max);
    }

    /// The range over all lanes.
    #[inline(always)]
    pub fn range(self, simd: S) -> Range {
        Range {
            min: simd.reduce_min_f32s(self.min),
            max: simd.reduce_max_f32s(self.max),
        }
    }
}
