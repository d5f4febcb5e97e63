//! Pooling, channels side by side in vectors.

use pulp::{Arch, Simd, WithSimd};

use super::range::Scanner;
use super::{Clamp, Range, split};
use crate::Window;

/// A pooling of `[batch, height, width, channels]`.
#[derive(Clone, Copy, Debug)]
pub struct Pool {
    /// The largest element of each window; else the mean of those that are no padding.
    pub max: bool,
    /// The window along the height.
    pub rows: Window,
    /// The window along the width.
    pub columns: Window,
    /// Channels, of input and output.
    pub channels: usize,
}

impl Pool {
    /// Fills `out[batch, rows, columns, channels]` and tells its range.
    ///
    /// Means add the elements row by row and divide at the end. The maximum of no number is the lowest float.
    pub fn run(&self, clamp: Clamp, input: &[f32], out: &mut [f32], threads: usize) -> Range {
        split::rows(out, self.columns.output * self.channels, threads, |first, out| {
            Arch::new().dispatch(Rows {
                pool: self,
                clamp,
                input,
                first,
                out,
            })
        })
    }
}

struct Rows<'a> {
    pool: &'a Pool,
    clamp: Clamp,
    input: &'a [f32],
    first: usize,
    out: &'a mut [f32],
}

impl WithSimd for Rows<'_> {
    type Output = Range;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Range {
        let Pool {
            max,
            rows,
            columns,
            channels,
        } = *self.pool;
        let line = columns.input * channels;
        let mut scan = Scanner::new(simd);
        for (at, out) in self
            .out
            .chunks_exact_mut((columns.output * channels).max(1))
            .enumerate()
        {
            let (image, y) = ((self.first + at) / rows.output, (self.first + at) % rows.output);
            let image = &self.input[image * rows.input * line..(image + 1) * rows.input * line];
            for (x, out) in out.chunks_exact_mut(channels).enumerate() {
                out.fill(if max { f32::MIN } else { 0.0 });
                let mut count = 0;
                for y in rows.inside(y) {
                    for x in columns.inside(x) {
                        let from = y * line + x * channels;
                        fold(simd, max, &image[from..from + channels], out);
                        count += 1;
                    }
                }
                if !max {
                    out.iter_mut().for_each(|sum| *sum /= count as f32);
                }
                out.iter_mut()
                    .for_each(|x| *x = x.clamp(self.clamp.low, self.clamp.high));
            }
            scan.add(simd, out);
        }
        scan.range(simd)
    }
}

/// Folds one cell's channels into the output's.
#[inline(always)]
fn fold<S: Simd>(simd: S, max: bool, cell: &[f32], out: &mut [f32]) {
    let (cell, cell_tail) = S::as_simd_f32s(cell);
    let (out, out_tail) = S::as_mut_simd_f32s(out);
    for (out, x) in out.iter_mut().zip(cell) {
        *out = join(simd, max, *out, *x);
    }
    if !out_tail.is_empty() {
        let joined = join(
            simd,
            max,
            simd.partial_load_f32s(out_tail),
            simd.partial_load_f32s(cell_tail),
        );
        simd.partial_store_f32s(out_tail, joined);
    }
}

/// The larger one, or the sum. A NaN compares false and is passed over.
#[inline(always)]
fn join<S: Simd>(simd: S, max: bool, so_far: S::f32s, x: S::f32s) -> S::f32s {
    if max {
        simd.select_f32s(simd.greater_than_f32s(x, so_far), x, so_far)
    } else {
        simd.add_f32s(so_far, x)
    }
}
