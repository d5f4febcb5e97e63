//! Depthwise convolution, channels side by side in vectors.

mod general;
mod shape;
mod window_3x3;

use pulp::{Arch, Simd, WithSimd};

use super::range::Scanner;
use super::{Clamp, Range, split};
pub use shape::{Depthwise, Filter};

impl Depthwise {
    /// Fills `out[batch, rows, columns, channels]` and tells its range.
    pub fn run(
        &self,
        filter: Filter<'_>,
        clamp: Clamp,
        input: &[f32],
        out: &mut [f32],
        threads: usize,
    ) -> Range {
        self.run_with(Arch::new(), filter, clamp, input, out, threads)
    }

    /// As [`Depthwise::run`], with an instruction set.
    pub fn run_with(
        &self,
        arch: Arch,
        filter: Filter<'_>,
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
                clamp,
                input,
                first,
                out,
            })
        })
    }
}

/// Output rows from number `first` on, counted over all images.
struct Rows<'a> {
    depthwise: &'a Depthwise,
    filter: Filter<'a>,
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
        let size = rows.input * columns.input * channels;
        let is_3x3 = S::REGISTER_COUNT >= 32 && window_3x3::fits(self.depthwise);
        let nothing = vec![0.0; if is_3x3 { columns.input * channels } else { 0 }];
        let mut taps = Vec::new();
        let mut scan = Scanner::new(simd);
        let row = (columns.output * channels).max(1);
        let mut done = 0;
        while done < self.out.len() / row {
            let (image, y) = (
                (self.first + done) / rows.output,
                (self.first + done) % rows.output,
            );
            let image = &self.input[image * size..(image + 1) * size];
            let count = if is_3x3 {
                2.min(rows.output - y).min(self.out.len() / row - done)
            } else {
                1
            };
            let out = &mut self.out[done * row..(done + count) * row];
            // Called by name, each: through a pointer they would not be inlined, and compiled without the vector unit.
            let (depthwise, filter, clamp) = (self.depthwise, self.filter, self.clamp);
            match (is_3x3, filter.fused) {
                (true, true) => {
                    window_3x3::rows::<S, true>(simd, depthwise, filter, clamp, (image, &nothing), y, out);
                }
                (true, false) => {
                    window_3x3::rows::<S, false>(simd, depthwise, filter, clamp, (image, &nothing), y, out);
                }
                (false, true) => {
                    general::row::<S, true>(simd, depthwise, filter, clamp, image, y, &mut taps, out);
                }
                (false, false) => {
                    general::row::<S, false>(simd, depthwise, filter, clamp, image, y, &mut taps, out);
                }
            }
            // The rows are still in cache.
            scan.add(simd, out);
            done += count;
        }
        scan.range(simd)
    }
}
