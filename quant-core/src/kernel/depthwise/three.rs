//! Windows of 3 × 3: a vector of channels moves along the row with its nine weights and nine elements in registers.

use pulp::Simd;

use super::{Depthwise, Filter};
use crate::kernel::Clamp;

/// Whether the window is 3 × 3 without gaps and moves by 1 or 2.
pub(super) fn fits(depthwise: &Depthwise) -> bool {
    let (rows, columns) = (&depthwise.rows, &depthwise.columns);
    (rows.size, columns.size, columns.dilation) == (3, 3, 1) && matches!(columns.stride, 1 | 2)
}

/// Output row `y` of an image; `nothing` is a row of zeros, for padding.
#[inline(always)]
pub(super) fn row<S: Simd>(
    simd: S,
    depthwise: &Depthwise,
    filter: Filter<'_>,
    clamp: Clamp,
    (image, nothing): (&[f32], &[f32]),
    y: usize,
    out: &mut [f32],
) {
    let line = depthwise.columns.input * depthwise.channels;
    let row = |tap: usize| match depthwise.rows.at(y, tap) {
        Some(y) => &image[y * line..(y + 1) * line],
        None => &nothing[..line],
    };
    let sweep = Sweep {
        simd,
        rows: [row(0), row(1), row(2)],
        filter,
        clamp,
        before: depthwise.columns.before,
        channels: depthwise.channels,
    };
    let mut channel = 0;
    while channel < depthwise.channels {
        let left = depthwise.channels - channel;
        match (left >= S::F32_LANES, depthwise.columns.stride) {
            (true, 1) => sweep.run::<1, true>(channel, S::F32_LANES, out),
            (true, _) => sweep.run::<2, true>(channel, S::F32_LANES, out),
            (false, 1) => sweep.run::<1, false>(channel, left, out),
            (false, _) => sweep.run::<2, false>(channel, left, out),
        }
        channel += S::F32_LANES;
    }
}

struct Sweep<'a, S> {
    simd: S,
    rows: [&'a [f32]; 3],
    filter: Filter<'a>,
    clamp: Clamp,
    before: usize,
    channels: usize,
}

impl<S: Simd> Sweep<'_, S> {
    /// `count` channels from `channel` on, a whole vector of them when `WHOLE`.
    #[inline(always)]
    fn run<const STRIDE: usize, const WHOLE: bool>(&self, channel: usize, count: usize, out: &mut [f32]) {
        let (simd, channels) = (self.simd, self.channels);
        let mut weights = [[simd.splat_f32s(0.0); 3]; 3];
        for (y, weights) in weights.iter_mut().enumerate() {
            for (x, weight) in weights.iter_mut().enumerate() {
                *weight = load::<S, WHOLE>(simd, self.filter.weights, (y * 3 + x) * channels + channel, count);
            }
        }
        let bias = load::<S, WHOLE>(simd, self.filter.bias, channel, count);
        let (low, high) = (simd.splat_f32s(self.clamp.low), simd.splat_f32s(self.clamp.high));
        let mut window = [
            self.column::<WHOLE>(0, channel, count),
            self.column::<WHOLE>(1, channel, count),
            self.column::<WHOLE>(2, channel, count),
        ];
        for (x, out) in out.chunks_exact_mut(channels).enumerate() {
            if x > 0 {
                let next = x * STRIDE;
                window = if STRIDE == 1 {
                    [window[1], window[2], self.column::<WHOLE>(next + 2, channel, count)]
                } else {
                    [
                        window[2],
                        self.column::<WHOLE>(next + 1, channel, count),
                        self.column::<WHOLE>(next + 2, channel, count),
                    ]
                };
            }
            let mut sum = bias;
            for y in 0..3 {
                for x in 0..3 {
                    sum = simd.mul_add_f32s(window[x][y], weights[y][x], sum);
                }
            }
            let sum = simd.min_f32s(high, simd.max_f32s(low, sum));
            let out = &mut out[channel..][..count];
            if WHOLE {
                S::as_mut_simd_f32s(out).0[0] = sum;
            } else {
                simd.partial_store_f32s(out, sum);
            }
        }
    }

    /// The elements under column `x` of the image, counted from the padding's first column.
    #[inline(always)]
    fn column<const WHOLE: bool>(&self, x: usize, channel: usize, count: usize) -> [S::f32s; 3] {
        let at = x.wrapping_sub(self.before).wrapping_mul(self.channels).wrapping_add(channel);
        if x >= self.before && at < self.rows[0].len() {
            [
                load::<S, WHOLE>(self.simd, self.rows[0], at, count),
                load::<S, WHOLE>(self.simd, self.rows[1], at, count),
                load::<S, WHOLE>(self.simd, self.rows[2], at, count),
            ]
        } else {
            [self.simd.splat_f32s(0.0); 3]
        }
    }
}

/// `count` elements from `at` on, a whole vector of them when `WHOLE`.
#[inline(always)]
fn load<S: Simd, const WHOLE: bool>(simd: S, from: &[f32], at: usize, count: usize) -> S::f32s {
    if WHOLE {
        S::as_simd_f32s(&from[at..][..S::F32_LANES]).0[0]
    } else {
        simd.partial_load_f32s(&from[at..][..count])
    }
}
