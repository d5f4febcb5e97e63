//! What happens to a value before it is stored.

use pulp::Simd;

/// A value is clamped to `low…high`. NaN stays NaN.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Clamp {
    /// Smallest value kept.
    pub low: f32,
    /// Largest value kept.
    pub high: f32,
}

impl Clamp {
    /// Keeps every value.
    pub const NONE: Self = Self {
        low: f32::NEG_INFINITY,
        high: f32::INFINITY,
    };
}

/// The same for vectors.
#[derive(Clone, Copy)]
pub(super) struct Limit<S: Simd> {
    simd: S,
    low: S::f32s,
    high: S::f32s,
}

impl<S: Simd> Limit<S> {
    #[inline(always)]
    pub fn new(simd: S, clamp: Clamp) -> Self {
        Self {
            simd,
            low: simd.splat_f32s(clamp.low),
            high: simd.splat_f32s(clamp.high),
        }
    }

    /// The clamped values. Vector units keep NaN in the second operand of a minimum; the scalar fallback does not, and
    /// compares.
    #[inline(always)]
    pub fn apply(&self, x: S::f32s) -> S::f32s {
        let simd = self.simd;
        if S::F32_LANES > 1 {
            return simd.min_f32s(self.high, simd.max_f32s(self.low, x));
        }
        let x = simd.select_f32s(simd.less_than_f32s(x, self.low), self.low, x);
        simd.select_f32s(simd.greater_than_f32s(x, self.high), self.high, x)
    }
}
