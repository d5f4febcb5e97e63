//! Windows of any size: a few cells of a row at a time, all channels of a cell one vector after the other.

use pulp::Simd;

use super::{Depthwise, Filter};
use crate::Clamp;
use crate::clamp::Limit;

/// Where one element under the window lies: in the image from the window's corner on, and in the filter.
#[derive(Clone, Copy)]
pub(super) struct Tap {
    image: usize,
    filter: usize,
}

/// Output row `y` of an image.
#[inline(always)]
#[allow(clippy::too_many_arguments)]
pub(super) fn row<S: Simd, const FUSED: bool>(
    simd: S,
    depthwise: &Depthwise,
    filter: Filter<'_>,
    clamp: Clamp,
    image: &[f32],
    y: usize,
    taps: &mut Vec<Tap>,
    out: &mut [f32],
) {
    let Depthwise {
        rows,
        columns,
        channels,
    } = *depthwise;
    // Columns whose window lies wholly inside the image, so that they share their taps.
    let reach = (columns.size - 1)
        .saturating_mul(columns.dilation)
        .saturating_add(1);
    let inner_from = columns.before.div_ceil(columns.stride).min(columns.output);
    let inner_to = match (columns.input + columns.before).checked_sub(reach) {
        Some(last) => (last / columns.stride + 1).clamp(inner_from, columns.output),
        None => inner_from,
    };
    let cells = Cells::<S, FUSED> {
        simd,
        image,
        filter,
        limit: Limit::new(simd, clamp),
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
                        image: (from_y * columns.input + from_x - left) * channels,
                        filter: (tap_y * columns.size + tap_x) * channels,
                    });
                }
            }
        }
    };
    for x in (0..inner_from).chain(inner_to..columns.output) {
        find(x, 0, taps);
        cells.run::<1>(0, taps, &mut out[x * channels..(x + 1) * channels]);
    }
    if inner_from < inner_to {
        find(inner_from, inner_from * columns.stride - columns.before, taps);
    }
    let mut x = inner_from;
    while x < inner_to {
        let corner = (x * columns.stride - columns.before) * channels;
        let out = &mut out[x * channels..];
        if inner_to - x >= 4 {
            cells.run::<4>(corner, taps, &mut out[..4 * channels]);
            x += 4;
        } else {
            cells.run::<1>(corner, taps, &mut out[..channels]);
            x += 1;
        }
    }
}

struct Cells<'a, S: Simd, const FUSED: bool> {
    simd: S,
    image: &'a [f32],
    filter: Filter<'a>,
    limit: Limit<S>,
    channels: usize,
    /// Elements from one window to the next.
    step: usize,
}

impl<S: Simd, const FUSED: bool> Cells<'_, S, FUSED> {
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
        let bias = load::<S, NV>(self.filter.bias, channel);
        let zero = [simd.splat_f32s(0.0); NV];
        let mut sums = [if FUSED { bias } else { zero }; N];
        for tap in taps {
            let weights = load::<S, NV>(self.filter.weights, tap.filter + channel);
            for (n, sums) in sums.iter_mut().enumerate() {
                let x = load::<S, NV>(self.image, corner + n * self.step + tap.image + channel);
                for v in 0..NV {
                    sums[v] = self.add(x[v], weights[v], sums[v]);
                }
            }
        }
        for (n, sums) in sums.into_iter().enumerate() {
            let out = &mut out[n * self.channels + channel..][..NV * S::F32_LANES];
            for (v, out) in S::as_mut_simd_f32s(out).0.iter_mut().enumerate() {
                *out = self.finish(sums[v], bias[v]);
            }
        }
    }

    /// One more product.
    #[inline(always)]
    fn add(&self, x: S::f32s, weight: S::f32s, sum: S::f32s) -> S::f32s {
        if FUSED {
            self.simd.mul_add_f32s(x, weight, sum)
        } else {
            self.simd.add_f32s(sum, self.simd.mul_f32s(x, weight))
        }
    }

    /// The sum of all products as an output.
    #[inline(always)]
    fn finish(&self, sum: S::f32s, bias: S::f32s) -> S::f32s {
        let sum = if FUSED { sum } else { self.simd.add_f32s(sum, bias) };
        self.limit.apply(sum)
    }

    /// The channels that fill no vector.
    #[inline(always)]
    fn part<const N: usize>(&self, corner: usize, taps: &[Tap], channel: usize, out: &mut [f32]) {
        let (simd, count) = (self.simd, self.channels - channel);
        let bias = part(simd, count, self.filter.bias, channel);
        let mut sums = [if FUSED { bias } else { simd.splat_f32s(0.0) }; N];
        for tap in taps {
            let weights = part(simd, count, self.filter.weights, tap.filter + channel);
            for (n, sum) in sums.iter_mut().enumerate() {
                let x = part(
                    simd,
                    count,
                    self.image,
                    corner + n * self.step + tap.image + channel,
                );
                *sum = self.add(x, weights, *sum);
            }
        }
        for (n, sum) in sums.into_iter().enumerate() {
            let out = &mut out[n * self.channels + channel..][..count];
            simd.partial_store_f32s(out, self.finish(sum, bias));
        }
    }
}

#[inline(always)]
fn load<S: Simd, const NV: usize>(from: &[f32], at: usize) -> [S::f32s; NV] {
    let vectors = S::as_simd_f32s(&from[at..][..NV * S::F32_LANES]).0;
    let mut loaded = [vectors[0]; NV];
    loaded.copy_from_slice(&vectors[..NV]);
    loaded
}

#[inline(always)]
fn part<S: Simd>(simd: S, count: usize, from: &[f32], at: usize) -> S::f32s {
    simd.partial_load_f32s(&from[at..][..count])
}
