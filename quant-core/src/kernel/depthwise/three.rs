//! Windows of 3 × 3: a vector of channels moves along the row with its nine weights and nine elements in registers.

use pulp::Simd;

use super::{Depthwise, Filter};
use crate::kernel::Clamp;
use crate::ops::Window;

/// Whether the window is 3 × 3 without gaps and moves by 1 or 2 both ways.
pub(super) fn fits(depthwise: &Depthwise) -> bool {
    let fits = |window: &Window| window.size == 3 && window.dilation == 1 && matches!(window.stride, 1 | 2);
    let (rows, columns) = (&depthwise.rows, &depthwise.columns);
    fits(rows) && fits(columns) && rows.stride == columns.stride
}

/// One or two output rows of an image, from row `y` on; `nothing` is a row of zeros, for padding.
#[inline(always)]
pub(super) fn rows<S: Simd>(
    simd: S,
    depthwise: &Depthwise,
    filter: Filter<'_>,
    clamp: Clamp,
    (image, nothing): (&[f32], &[f32]),
    y: usize,
    out: &mut [f32],
) {
    let Depthwise {
        rows: window,
        columns,
        channels,
    } = *depthwise;
    let line = columns.input * channels;
    let mut rows = [nothing; 5];
    for (tap, row) in rows.iter_mut().enumerate() {
        let from = (y * window.stride + tap).checked_sub(window.before);
        if let Some(y) = from.filter(|y| *y < window.input) {
            *row = &image[y * line..(y + 1) * line];
        }
    }
    let sweep = Sweep {
        simd,
        rows,
        filter,
        low: simd.splat_f32s(clamp.low),
        high: simd.splat_f32s(clamp.high),
        before: columns.before,
        channels,
    };
    let two = out.len() > columns.output * channels;
    let mut channel = 0;
    while channel < channels {
        let left = channels - channel;
        match (left >= S::F32_LANES, columns.stride, two) {
            (true, 1, true) => sweep.run::<1, 2, true>(channel, S::F32_LANES, out),
            (true, 1, false) => sweep.run::<1, 1, true>(channel, S::F32_LANES, out),
            (true, _, true) => sweep.run::<2, 2, true>(channel, S::F32_LANES, out),
            (true, _, false) => sweep.run::<2, 1, true>(channel, S::F32_LANES, out),
            (false, 1, true) => sweep.run::<1, 2, false>(channel, left, out),
            (false, 1, false) => sweep.run::<1, 1, false>(channel, left, out),
            (false, _, true) => sweep.run::<2, 2, false>(channel, left, out),
            (false, _, false) => sweep.run::<2, 1, false>(channel, left, out),
        }
        channel += S::F32_LANES;
    }
}

struct Sweep<'a, S: Simd> {
    simd: S,
    /// The image rows under the window, and those that the next output row reaches besides.
    rows: [&'a [f32]; 5],
    filter: Filter<'a>,
    low: S::f32s,
    high: S::f32s,
    before: usize,
    channels: usize,
}

impl<S: Simd> Sweep<'_, S> {
    /// `count` channels from `channel` on of `ROWS` output rows, a whole vector of them when `WHOLE`.
    #[inline(always)]
    fn run<const STRIDE: usize, const ROWS: usize, const WHOLE: bool>(
        &self,
        channel: usize,
        count: usize,
        out: &mut [f32],
    ) {
        let (simd, channels) = (self.simd, self.channels);
        let mut weights = [[simd.splat_f32s(0.0); 3]; 3];
        for (y, weights) in weights.iter_mut().enumerate() {
            for (x, weight) in weights.iter_mut().enumerate() {
                *weight =
                    load::<S, WHOLE>(simd, self.filter.weights, (y * 3 + x) * channels + channel, count);
            }
        }
        let bias = load::<S, WHOLE>(simd, self.filter.bias, channel, count);
        let mut window = [
            [simd.splat_f32s(0.0); 5],
            self.column::<STRIDE, ROWS, WHOLE>(0, channel, count),
            self.column::<STRIDE, ROWS, WHOLE>(1, channel, count),
        ];
        if STRIDE == 2 {
            window[2] = window[1];
        }
        let (above, below) = out.split_at_mut(out.len() / ROWS);
        let mut below = below.chunks_exact_mut(channels);
        for (x, above) in above.chunks_exact_mut(channels).enumerate() {
            let last = self.column::<STRIDE, ROWS, WHOLE>(x * STRIDE + 2, channel, count);
            window = if STRIDE == 1 {
                [window[1], window[2], last]
            } else {
                [
                    window[2],
                    self.column::<STRIDE, ROWS, WHOLE>(x * STRIDE + 1, channel, count),
                    last,
                ]
            };
            let mut first = bias;
            let mut second = bias;
            for y in 0..3 {
                for x in 0..3 {
                    first = simd.mul_add_f32s(window[x][y], weights[y][x], first);
                    if ROWS == 2 {
                        second = simd.mul_add_f32s(window[x][STRIDE + y], weights[y][x], second);
                    }
                }
            }
            self.store::<WHOLE>(first, channel, count, above);
            if ROWS == 2
                && let Some(below) = below.next()
            {
                self.store::<WHOLE>(second, channel, count, below);
            }
        }
    }

    #[inline(always)]
    fn store<const WHOLE: bool>(&self, sum: S::f32s, channel: usize, count: usize, out: &mut [f32]) {
        // In this order NaN stays NaN.
        let sum = self.simd.min_f32s(self.high, self.simd.max_f32s(self.low, sum));
        if WHOLE {
            S::as_mut_simd_f32s(&mut out[channel..][..S::F32_LANES]).0[0] = sum;
        } else {
            self.simd.partial_store_f32s(&mut out[channel..][..count], sum);
        }
    }

    /// The elements under column `x` of the image, counted from the padding's first column.
    #[inline(always)]
    fn column<const STRIDE: usize, const ROWS: usize, const WHOLE: bool>(
        &self,
        x: usize,
        channel: usize,
        count: usize,
    ) -> [S::f32s; 5] {
        let mut column = [self.simd.splat_f32s(0.0); 5];
        let at = x
            .wrapping_sub(self.before)
            .wrapping_mul(self.channels)
            .wrapping_add(channel);
        if x >= self.before && at < self.rows[0].len() {
            // Written out, for the elements to stay in registers.
            column[0] = load::<S, WHOLE>(self.simd, self.rows[0], at, count);
            column[1] = load::<S, WHOLE>(self.simd, self.rows[1], at, count);
            column[2] = load::<S, WHOLE>(self.simd, self.rows[2], at, count);
            if ROWS == 2 {
                column[3] = load::<S, WHOLE>(self.simd, self.rows[3], at, count);
                if STRIDE == 2 {
                    column[4] = load::<S, WHOLE>(self.simd, self.rows[4], at, count);
                }
            }
        }
        column
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
