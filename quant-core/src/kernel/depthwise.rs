//! Depthwise convolution, channels side by side in vectors.

use pulp::{Arch, Simd, WithSimd};

use super::{Clamp, Range, split};
use crate::ops::Window;

/// A depthwise convolution of `[batch, height, width, channels]` with one filter a channel.
#[derive(Clone, Copy, Debug)]
pub struct Depthwise {
    /// The window along the height.
    pub rows: Window,
    /// The window along the width.
    pub columns: Window,
    /// Channels, of input and output.
    pub channels: usize,
}

/// Where one element under the window lies: in the image from the window's corner on, and in the filter.
#[derive(Clone, Copy)]
struct Tap {
    image: usize,
    filter: usize,
}

impl Depthwise {
    /// Fills `out[batch, rows, columns, channels]` and tells its range; `filter[rows, columns, channels]`, one
    /// `bias` a channel.
    pub fn run(
        &self,
        (filter, bias): (&[f32], &[f32]),
        clamp: Clamp,
        input: &[f32],
        out: &mut [f32],
        threads: usize,
    ) -> Range {
        self.run_with(Arch::new(), (filter, bias), clamp, input, out, threads)
    }

    fn run_with(
        &self,
        arch: Arch,
        (filter, bias): (&[f32], &[f32]),
        clamp: Clamp,
        input: &[f32],
        out: &mut [f32],
        threads: usize,
    ) -> Range {
        let row = self.columns.output * self.channels;
        split::rows(out, row, threads, |first, out| {
            arch.dispatch(Rows {
                depthwise: self,
                filter,
                bias,
                clamp,
                input,
                first,
                out,
            })
        })
    }
}

struct Rows<'a> {
    depthwise: &'a Depthwise,
    filter: &'a [f32],
    bias: &'a [f32],
    clamp: Clamp,
    input: &'a [f32],
    first: usize,
    out: &'a mut [f32],
}

impl WithSimd for Rows<'_> {
    type Output = Range;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Range {
        let Depthwise {
            rows,
            columns,
            channels,
        } = *self.depthwise;
        let (line, size) = (columns.input * channels, rows.input * columns.input * channels);
        let mut range = Range::EMPTY;
        let mut taps = Vec::new();
        // Columns whose window lies wholly inside the image, so that they share their taps.
        let reach = (columns.size - 1)
            .saturating_mul(columns.dilation)
            .saturating_add(1);
        let inner_from = columns.before.div_ceil(columns.stride).min(columns.output);
        let inner_to = match (columns.input + columns.before).checked_sub(reach) {
            Some(last) => (last / columns.stride + 1).clamp(inner_from, columns.output),
            None => inner_from,
        };
        for (at, out) in self
            .out
            .chunks_exact_mut((columns.output * channels).max(1))
            .enumerate()
        {
            let (image, y) = ((self.first + at) / rows.output, (self.first + at) % rows.output);
            let cells = Cells {
                simd,
                image: &self.input[image * size..(image + 1) * size],
                filter: self.filter,
                bias: self.bias,
                low: simd.splat_f32s(self.clamp.low),
                high: simd.splat_f32s(self.clamp.high),
                channels,
                step: columns.stride * channels,
            };
            // The taps of output column x, from image column `left` on.
            let find = |x: usize, left: usize, taps: &mut Vec<Tap>| {
                taps.clear();
                for tap_y in 0..rows.size {
                    let Some(from_y) = rows.at(y, tap_y) else { continue };
                    for tap_x in 0..columns.size {
                        if let Some(from_x) = columns.at(x, tap_x) {
                            taps.push(Tap {
                                image: from_y * line + (from_x - left) * channels,
                                filter: (tap_y * columns.size + tap_x) * channels,
                            });
                        }
                    }
                }
            };
            for x in (0..inner_from).chain(inner_to..columns.output) {
                find(x, 0, &mut taps);
                cells.run::<1>(0, &taps, &mut out[x * channels..(x + 1) * channels]);
            }
            let mut x = inner_from;
            if x < inner_to {
                let left = x * columns.stride - columns.before;
                find(x, left, &mut taps);
            }
            while x < inner_to {
                let corner = (x * columns.stride - columns.before) * channels;
                let out = &mut out[x * channels..];
                if inner_to - x >= 4 {
                    cells.run::<4>(corner, &taps, &mut out[..4 * channels]);
                    x += 4;
                } else {
                    cells.run::<1>(corner, &taps, &mut out[..channels]);
                    x += 1;
                }
            }
            // The row is still in cache.
            range = range.join(super::range::scan_with(simd, out));
        }
        range
    }
}

struct Cells<'a, S: Simd> {
    simd: S,
    image: &'a [f32],
    filter: &'a [f32],
    bias: &'a [f32],
    low: S::f32s,
    high: S::f32s,
    channels: usize,
    /// Elements from one window to the next.
    step: usize,
}

impl<S: Simd> Cells<'_, S> {
    /// `N` neighbouring cells of all channels.
    #[inline(always)]
    fn run<const N: usize>(&self, corner: usize, taps: &[Tap], out: &mut [f32]) {
        let lanes = S::F32_LANES;
        let mut channel = 0;
        while channel + 2 * lanes <= self.channels {
            self.vectors::<N, 2>(corner, taps, channel, out);
            channel += 2 * lanes;
        }
        while channel + lanes <= self.channels {
            self.vectors::<N, 1>(corner, taps, channel, out);
            channel += lanes;
        }
        if channel < self.channels {
            self.part::<N>(corner, taps, channel, out);
        }
    }

    #[inline(always)]
    fn vectors<const N: usize, const NV: usize>(
        &self,
        corner: usize,
        taps: &[Tap],
        channel: usize,
        out: &mut [f32],
    ) {
        let simd = self.simd;
        let load = |from: &[f32], at: usize| -> [S::f32s; NV] {
            let vectors = S::as_simd_f32s(&from[at..][..NV * S::F32_LANES]).0;
            std::array::from_fn(|v| vectors[v])
        };
        let mut sums = [load(self.bias, channel); N];
        for tap in taps {
            let weights = load(self.filter, tap.filter + channel);
            for (n, sums) in sums.iter_mut().enumerate() {
                let x = load(self.image, corner + n * self.step + tap.image + channel);
                for v in 0..NV {
                    sums[v] = simd.mul_add_f32s(x[v], weights[v], sums[v]);
                }
            }
        }
        for (n, sums) in sums.into_iter().enumerate() {
            let out = &mut out[n * self.channels + channel..][..NV * S::F32_LANES];
            for (out, sum) in S::as_mut_simd_f32s(out).0.iter_mut().zip(sums) {
                *out = simd.min_f32s(self.high, simd.max_f32s(self.low, sum));
            }
        }
    }

    /// The channels that fill no vector.
    #[inline(always)]
    fn part<const N: usize>(&self, corner: usize, taps: &[Tap], channel: usize, out: &mut [f32]) {
        let (simd, count) = (self.simd, self.channels - channel);
        let load = |from: &[f32], at: usize| simd.partial_load_f32s(&from[at..][..count]);
        let mut sums = [load(self.bias, channel); N];
        for tap in taps {
            let weights = load(self.filter, tap.filter + channel);
            for (n, sum) in sums.iter_mut().enumerate() {
                let x = load(self.image, corner + n * self.step + tap.image + channel);
                *sum = simd.mul_add_f32s(x, weights, *sum);
            }
        }
        for (n, sum) in sums.into_iter().enumerate() {
            let out = &mut out[n * self.channels + channel..][..count];
            simd.partial_store_f32s(out, simd.min_f32s(self.high, simd.max_f32s(self.low, sum)));
        }
    }
}
