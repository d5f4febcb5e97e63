//! Windows of 3 × 3: a vector of channels moves along the row with its nine weights and nine elements in registers.

use pulp::Simd;

use super::{Depthwise, Filter};
use crate::Clamp;
use crate::Window;
use crate::clamp::Limit;

/// Whether the window is 3 × 3 without gaps and moves by 1 or 2 both ways.
pub(super) fn fits(depthwise: &Depthwise) -> bool {
    let fits = |window: &Window| window.size == 3 && window.dilation == 1 && matches!(window.stride, 1 | 2);
    let (rows, columns) = (&depthwise.rows, &depthwise.columns);
    fits(rows) && fits(columns) && rows.stride == columns.stride && columns.before <= 2
}

/// One or two output rows of an image, from row `y` on; `nothing` is a row of zeros, for padding.
#[inline(always)]
pub(super) fn rows<S: Simd, const FUSED: bool>(
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
    let sweep = Sweep::<S, FUSED> {
        simd,
        rows,
        filter,
        limit: Limit::new(simd, clamp),
        before: columns.before,
        channels,
    };
    let two = out.len() > columns.output * channels;
    let mut channel = 0;
    while channel < channels {
        // A last vector that channels do not fill goes back over some that are done.
        if channels >= S::F32_LANES {
            channel = channel.min(channels - S::F32_LANES);
        }
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

struct Sweep<'a, S: Simd, const FUSED: bool> {
    simd: S,
    /// The image rows under the window, and those that the next output row reaches besides.
    rows: [&'a [f32]; 5],
    filter: Filter<'a>,
    limit: Limit<S>,
    before: usize,
    channels: usize,
}

impl<S: Simd, const FUSED: bool> Sweep<'_, S, FUSED> {
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
        let mut cells = Cells {
            sweep: self,
            channel,
            count,
            weights,
            bias,
            window: [[simd.splat_f32s(0.0); 5]; 3],
        };
        let (above, below) = out.split_at_mut(out.len() / ROWS);
        let mut above = above.chunks_exact_mut(channels);
        let mut below = below.chunks_exact_mut(channels);
        // Columns still to come before the window of the next output is full; those of the padding are zeros already.
        let mut wanted = 3 - self.before;
        let [a, b, c, d, e] = self.rows.map(|row| row.chunks_exact(channels));
        for ((((a, b), c), d), e) in a.zip(b).zip(c).zip(d).zip(e) {
            cells.push::<STRIDE, ROWS, WHOLE>([a, b, c, d, e]);
            wanted -= 1;
            if wanted == 0 {
                wanted = STRIDE;
                let Some(above) = above.next() else { return };
                cells.emit::<STRIDE, ROWS, WHOLE>(above, below.next());
            }
        }
        for above in above {
            for _ in 0..wanted {
                cells.window = [cells.window[1], cells.window[2], [simd.splat_f32s(0.0); 5]];
            }
            wanted = STRIDE;
            cells.emit::<STRIDE, ROWS, WHOLE>(above, below.next());
        }
    }
}

/// The window over a vector of channels, on its way along a row.
struct Cells<'a, S: Simd, const FUSED: bool> {
    sweep: &'a Sweep<'a, S, FUSED>,
    channel: usize,
    count: usize,
    weights: [[S::f32s; 3]; 3],
    bias: S::f32s,
    /// Three columns of the image.
    window: [[S::f32s; 5]; 3],
}

impl<S: Simd, const FUSED: bool> Cells<'_, S, FUSED> {
    /// Moves the window to the next column of the image.
    #[inline(always)]
    fn push<const STRIDE: usize, const ROWS: usize, const WHOLE: bool>(&mut self, cells: [&[f32]; 5]) {
        let simd = self.sweep.simd;
        let mut column = [simd.splat_f32s(0.0); 5];
        // Written out, for the elements to stay in registers.
        column[0] = load::<S, WHOLE>(simd, cells[0], self.channel, self.count);
        column[1] = load::<S, WHOLE>(simd, cells[1], self.channel, self.count);
        column[2] = load::<S, WHOLE>(simd, cells[2], self.channel, self.count);
        if ROWS == 2 {
            column[3] = load::<S, WHOLE>(simd, cells[3], self.channel, self.count);
            if STRIDE == 2 {
                column[4] = load::<S, WHOLE>(simd, cells[4], self.channel, self.count);
            }
        }
        self.window = [self.window[1], self.window[2], column];
    }

    /// Computes the cells under the window, of one output row or two.
    #[inline(always)]
    fn emit<const STRIDE: usize, const ROWS: usize, const WHOLE: bool>(
        &self,
        above: &mut [f32],
        below: Option<&mut [f32]>,
    ) {
        let simd = self.sweep.simd;
        // What lies outside of the image is zeros here, and adds none to a sum that begins with +0.
        let start = if FUSED { self.bias } else { simd.splat_f32s(0.0) };
        let (mut first, mut second) = (start, start);
        for y in 0..3 {
            for x in 0..3 {
                first = self.add(self.window[x][y], self.weights[y][x], first);
                if ROWS == 2 {
                    second = self.add(self.window[x][STRIDE + y], self.weights[y][x], second);
                }
            }
        }
        self.store::<WHOLE>(first, above);
        if ROWS == 2
            && let Some(below) = below
        {
            self.store::<WHOLE>(second, below);
        }
    }

    /// One more product.
    #[inline(always)]
    fn add(&self, x: S::f32s, weight: S::f32s, sum: S::f32s) -> S::f32s {
        let simd = self.sweep.simd;
        if FUSED {
            simd.mul_add_f32s(x, weight, sum)
        } else {
            simd.add_f32s(sum, simd.mul_f32s(x, weight))
        }
    }

    #[inline(always)]
    fn store<const WHOLE: bool>(&self, sum: S::f32s, out: &mut [f32]) {
        let simd = self.sweep.simd;
        let sum = if FUSED { sum } else { simd.add_f32s(sum, self.bias) };
        let sum = self.sweep.limit.apply(sum);
        if WHOLE {
            S::as_mut_simd_f32s(&mut out[self.channel..][..S::F32_LANES]).0[0] = sum;
        } else {
            simd.partial_store_f32s(&mut out[self.channel..][..self.count], sum);
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
