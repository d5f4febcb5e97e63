//! Convolutions in the order of sums of TensorFlow Lite on Eigen, compiled for x86-64 without FMA: bit for bit what ONE's
//! `record-minmax` computes, but for windows of one pixel that move by one, which its plain loop takes
//! ([`Packed::separate`]).
//!
//! The image's patches times the filters is a product of matrices, `n` output channels times `k` elements times all output
//! pixels. Eigen works on vectors of 4 floats, rounds each product before it is added, and adds in an order that depends on
//! the place in the matrix:
//!
//! - Channels in blocks of 8: one sum, `k` in order. Then, but for the last pixels (their number mod 4), which add all in
//!   order: a block of 4 channels, which adds the even and the odd `k` apart up to the last multiple of 8, and the last
//!   channels (mod 4) in four sums, up to the last multiple of 4; then what is left, in order.
//! - More than `DEPTH` elements are cut into parts of nearly equal length, whose sums are added.
//! - One pixel, one channel, or a product with `n + k + pixels < 20`: vectors along `k`, whose lanes are added at the end.
//!
//! The bias comes last. `tests/it/eigen.rs` compares with what Eigen 3.4.0 computes.

use pulp::{Arch, Simd, WithSimd};

use super::clamp::Limit;
use super::range::scan_with;
use super::tile::{Bases, Source, block, block_of_tiles};
use super::{Clamp, Convolution, Packed, Range, split};

/// Elements that Eigen adds in one go: what fits a first-level cache of 32 KiB. With another one the original cuts otherwise.
const DEPTH: usize = 680;

/// The filters of a convolution, packed.
#[derive(Clone, Debug)]
pub struct Filters {
    /// Output channels.
    pub n: usize,
    /// Elements a filter.
    pub k: usize,
    /// Elements of a part.
    depth: usize,
    /// Each part of all filters.
    parts: Vec<Packed>,
    /// The channels behind the last block of 8, in fours, element by element.
    fours: Vec<Vec<[f32; 4]>>,
    weights: Vec<f32>,
    bias: Vec<f32>,
}

impl Filters {
    /// Packs `weights[n, k]` (row-major; `n · k` elements) and `n` biases, or none.
    pub fn new(n: usize, k: usize, weights: &[f32], bias: Option<&[f32]>) -> Self {
        debug_assert_eq!(weights.len(), n * k);
        let depth = match k.checked_rem(DEPTH) {
            Some(left) if k > DEPTH && left > 0 => DEPTH - 8 * ((DEPTH - 1 - left) / (8 * (k / DEPTH + 1))),
            _ => k.clamp(1, DEPTH),
        };
        let part = |from: usize| {
            let length = depth.min(k - from);
            let rows = weights.chunks_exact(k).flat_map(|row| &row[from..from + length]);
            Packed::new(n, length, &rows.copied().collect::<Vec<f32>>(), None).separate()
        };
        let four = |from: usize| {
            let weight = |at: usize, channel: usize| {
                if channel < n {
                    weights[channel * k + at]
                } else {
                    0.0
                }
            };
            (0..k)
                .map(|at| std::array::from_fn(|lane| weight(at, from + lane)))
                .collect()
        };
        Self {
            n,
            k,
            depth,
            parts: (0..k).step_by(depth).map(part).collect(),
            fours: (n / 8 * 8..n).step_by(4).map(four).collect(),
            weights: weights.to_vec(),
            bias: bias.map_or_else(|| vec![0.0; n], <[f32]>::to_vec),
        }
    }

    /// Fills `out[batch, rows, columns, n]` and tells its range.
    pub fn convolve(
        &self,
        shape: &Convolution,
        clamp: Clamp,
        input: &[f32],
        out: &mut [f32],
        threads: usize,
    ) -> Range {
        let (n, k) = (self.n, self.k);
        let pixels = out.len() / n.max(1);
        let vectors = n == 1 || pixels == 1 || n + k + pixels < 20;
        let bare =
            |window: &crate::Window| (window.size, window.stride) == (1, 1) && window.output == window.input;
        let image_is_patches = bare(&shape.rows) && bare(&shape.columns);
        // Patches of a filter of any size are few megabytes.
        let step = self
            .parts
            .first()
            .map_or(48, block)
            .min((1 << 20) / k.max(1))
            .max(1);
        split::rows(out, n, threads, |first, out| {
            let (mut patches, mut part) = (Vec::new(), Vec::new());
            let mut range = Range::EMPTY;
            for (number, out) in out.chunks_mut((step * n).max(1)).enumerate() {
                let at = first + number * step;
                let count = out.len() / n;
                let patches = if image_is_patches {
                    &input[at * k..(at + count) * k]
                } else {
                    patches.clear();
                    (at..at + count).for_each(|pixel| gather(shape, input, pixel, &mut patches));
                    patches.as_slice()
                };
                if vectors {
                    let two = (n == 1) == (pixels == 1);
                    self.along(patches, two, out);
                } else {
                    self.across(patches, (pixels / 4 * 4).saturating_sub(at), &mut part, out);
                }
                let bias = &self.bias;
                range = range.join(Arch::new().dispatch(Finish { bias, clamp, out }));
            }
            range
        })
    }

    /// Sums over `k` of each pixel, the first `fours` of which are in blocks of four.
    fn across(&self, patches: &[f32], fours: usize, part: &mut Vec<f32>, out: &mut [f32]) {
        let (n, k) = (self.n, self.k);
        if self.parts.is_empty() {
            out.fill(0.0);
        }
        for (number, packed) in self.parts.iter().enumerate() {
            let from = number * self.depth;
            let bases = Bases::Every {
                from,
                step: k,
                count: out.len() / n,
            };
            let source = Source {
                data: patches,
                bases,
                taps: &[0],
                depth: packed.k,
            };
            part.resize(out.len(), 0.0);
            let to: &mut [f32] = if number == 0 { out } else { part };
            block_of_tiles(source, packed, Clamp::NONE, to);
            for (index, four) in self.fours.iter().enumerate() {
                let channel = n / 8 * 8 + 4 * index;
                let (weights, width) = (&four[from..from + packed.k], (n - channel).min(4));
                for (patch, to) in patches.chunks_exact(k).zip(to.chunks_exact_mut(n)).take(fours) {
                    let patch = &patch[from..from + packed.k];
                    let sums = if width == 4 {
                        let [even, odd] = apart::<2>(patch, weights, packed.k / 8 * 8);
                        in_order(
                            patch,
                            weights,
                            packed.k / 8 * 8,
                            std::array::from_fn(|lane| even[lane] + odd[lane]),
                        )
                    } else {
                        let [a, b, c, d] = apart::<4>(patch, weights, packed.k / 4 * 4);
                        let sums = std::array::from_fn(|lane| (a[lane] + b[lane]) + (c[lane] + d[lane]));
                        in_order(patch, weights, packed.k / 4 * 4, sums)
                    };
                    to[channel..channel + width].copy_from_slice(&sums[..width]);
                }
            }
            if number > 0 {
                for (out, part) in out.iter_mut().zip(part.iter()) {
                    *out += part;
                }
            }
        }
    }

    /// Sums with vectors along `k`: `two` of them side by side where Eigen evaluates element by element.
    fn along(&self, patches: &[f32], two: bool, out: &mut [f32]) {
        let k = self.k;
        for (pixel, out) in out.chunks_exact_mut(self.n).enumerate() {
            let patch = &patches[pixel * k..][..k];
            for (channel, out) in out.iter_mut().enumerate() {
                *out = dot(patch, &self.weights[channel * k..][..k], two);
            }
        }
    }
}

/// `WAYS` sums of the first `end` products, by their number modulo `WAYS`.
fn apart<const WAYS: usize>(patch: &[f32], weights: &[[f32; 4]], end: usize) -> [[f32; 4]; WAYS] {
    let mut sums = [[0.0; 4]; WAYS];
    for (x, weights) in patch[..end].chunks_exact(WAYS).zip(weights.chunks_exact(WAYS)) {
        for way in 0..WAYS {
            for lane in 0..4 {
                sums[way][lane] += x[way] * weights[way][lane];
            }
        }
    }
    sums
}

/// The products from `from` on added to `sums`.
fn in_order(patch: &[f32], weights: &[[f32; 4]], from: usize, mut sums: [f32; 4]) -> [f32; 4] {
    for (x, weights) in patch[from..].iter().zip(&weights[from..]) {
        for lane in 0..4 {
            sums[lane] += x * weights[lane];
        }
    }
    sums
}

/// The sum in one vector of 4 lanes, or in two that take turns; then the elements that fill no vector.
fn dot(a: &[f32], b: &[f32], two: bool) -> f32 {
    let (vectors, pairs) = (a.len() / 4 * 4, a.len() / 8 * 8);
    let both = if two { pairs } else { 0 };
    let mut sums = [[0f32; 4]; 2];
    for at in 0..both {
        sums[at / 4 % 2][at % 4] += a[at] * b[at];
    }
    let mut lanes: [f32; 4] = std::array::from_fn(|lane| sums[0][lane] + sums[1][lane]);
    for at in both..vectors {
        lanes[at % 4] += a[at] * b[at];
    }
    let sum = (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
    a[vectors..]
        .iter()
        .zip(&b[vectors..])
        .fold(sum, |sum, (a, b)| sum + a * b)
}

/// The elements under the window of an output pixel, zeros outside of the image.
fn gather(shape: &Convolution, input: &[f32], pixel: usize, patches: &mut Vec<f32>) {
    let Convolution {
        rows,
        columns,
        inputs,
        ..
    } = *shape;
    let (row, column) = (pixel / columns.output % rows.output, pixel % columns.output);
    if inputs == 0 {
        return;
    }
    let image = pixel / (rows.output * columns.output) * rows.input;
    for i in 0..rows.size {
        for j in 0..columns.size {
            match (rows.at(row, i), columns.at(column, j)) {
                (Some(y), Some(x)) => {
                    let from = ((image + y) * columns.input + x) * inputs;
                    patches.extend_from_slice(&input[from..from + inputs]);
                }
                _ => patches.resize(patches.len() + inputs, 0.0),
            }
        }
    }
}

/// Bias and clamp of whole pixels, and their range.
struct Finish<'a> {
    bias: &'a [f32],
    clamp: Clamp,
    out: &'a mut [f32],
}

impl WithSimd for Finish<'_> {
    type Output = Range;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Range {
        for pixel in self.out.chunks_exact_mut(self.bias.len().max(1)) {
            for (out, bias) in pixel.iter_mut().zip(self.bias) {
                *out += bias;
            }
        }
        let limit = Limit::new(simd, self.clamp);
        let (whole, left) = S::as_mut_simd_f32s(self.out);
        for out in whole {
            *out = limit.apply(*out);
        }
        simd.partial_store_f32s(left, limit.apply(simd.partial_load_f32s(left)));
        scan_with(simd, self.out)
    }
}
