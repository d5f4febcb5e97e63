//! Convolution as a matrix product whose left side is read where it lies.

use super::tile::{Bases, Source, block, block_of_tiles};
use super::{Clamp, Packed, Range, product, split};
use crate::Window;

/// A convolution of `[batch, height, width, in]` with packed filters `[out, height, width, in]`.
#[derive(Clone, Copy, Debug)]
pub struct Convolution {
    /// Images.
    pub batch: usize,
    /// The window along the height.
    pub rows: Window,
    /// The window along the width.
    pub columns: Window,
    /// Input channels.
    pub inputs: usize,
}

/// Floats of input that are copied at a time to put padding around them.
const BAND: usize = 32 * 1024;

impl Convolution {
    /// Fills `out[batch, rows, columns, n]` and tells its range.
    ///
    /// The filters of all positions read the image itself when there is no padding. With padding, a band of image
    /// rows is copied between zeros first, small enough to stay in cache.
    pub fn run(
        &self,
        packed: &Packed,
        clamp: Clamp,
        input: &[f32],
        out: &mut [f32],
        threads: usize,
    ) -> Range {
        let pointwise = |window: &Window| (window.size, window.stride) == (1, 1);
        if pointwise(&self.rows) && pointwise(&self.columns) {
            return product(packed, clamp, input, out, threads);
        }
        let row = self.columns.output * packed.n;
        split::rows(out, row, threads, |first, out| {
            let rows = out.len() / row.max(1);
            let mut range = Range::EMPTY;
            let mut work = Work {
                convolution: self,
                packed,
                clamp,
                input,
                band: Vec::new(),
                bases: Vec::new(),
            };
            let mut done = 0;
            while done < rows {
                let (image, at) = (
                    (first + done) / self.rows.output,
                    (first + done) % self.rows.output,
                );
                let count = (self.rows.output - at).min(rows - done);
                let count = if self.padded() {
                    count.min(self.band_rows())
                } else {
                    count
                };
                let out = &mut out[done * row..(done + count) * row];
                range = range.join(if self.wide() {
                    work.gathered(image, at, count, out)
                } else {
                    work.rows(image, at, count, out)
                });
                done += count;
            }
            range
        })
    }

    fn padded(&self) -> bool {
        let reads = |window: &Window| {
            let first = (window.size - 1).saturating_mul(window.dilation);
            let last = (window.output - 1).saturating_mul(window.stride);
            window.before > 0 || last.saturating_add(first) >= window.input
        };
        reads(&self.rows) || reads(&self.columns)
    }

    /// Whether one row of windows reaches over far more than the image, so that no band of it is worth copying.
    fn wide(&self) -> bool {
        let reach = (self.rows.size - 1)
            .saturating_mul(self.rows.dilation)
            .saturating_add(1);
        reach.saturating_mul(self.padded_width()) > 16 * (self.rows.input * self.columns.input + 1024)
    }

    /// Output rows a band.
    fn band_rows(&self) -> usize {
        (BAND / (self.rows.stride * self.padded_width() * self.inputs).max(1)).max(4)
    }

    /// Columns that the windows reach over, padding included.
    fn padded_width(&self) -> usize {
        let columns = &self.columns;
        let first = (columns.size - 1).saturating_mul(columns.dilation);
        (columns.output - 1)
            .saturating_mul(columns.stride)
            .saturating_add(first)
            .saturating_add(1)
    }
}

struct Work<'a> {
    convolution: &'a Convolution,
    packed: &'a Packed,
    clamp: Clamp,
    input: &'a [f32],
    band: Vec<f32>,
    bases: Vec<usize>,
}

impl Work<'_> {
    /// Output rows `at..at + count` of an image whose padding is far larger than the image: each position's elements
    /// are gathered.
    fn gathered(&mut self, image: usize, at: usize, count: usize, out: &mut [f32]) -> Range {
        let Convolution {
            rows,
            columns,
            inputs,
            ..
        } = *self.convolution;
        let (n, k) = (self.packed.n, self.packed.k);
        let size = rows.input * columns.input * inputs;
        let picture = &self.input[image * size..(image + 1) * size];
        let mut range = Range::EMPTY;
        // A filter without elements has taps, and nothing under them.
        let lines = if k == 0 { 0 } else { rows.size };
        let places = (at..at + count).flat_map(|y| (0..columns.output).map(move |x| (y, x)));
        for ((y, x), out) in places.zip(out.chunks_exact_mut(n)) {
            self.band.clear();
            for (tap_y, tap_x) in (0..lines).flat_map(|y| (0..columns.size).map(move |x| (y, x))) {
                match (rows.at(y, tap_y), columns.at(x, tap_x)) {
                    (Some(y), Some(x)) => {
                        let from = (y * columns.input + x) * inputs;
                        self.band.extend_from_slice(&picture[from..from + inputs]);
                    }
                    _ => self.band.resize(self.band.len() + inputs, 0.0),
                }
            }
            let source = Source {
                data: &self.band,
                bases: Bases::List(&[0]),
                taps: &[0],
                depth: k,
            };
            range = range.join(block_of_tiles(source, self.packed, self.clamp, out));
        }
        range
    }

    /// Output rows `at..at + count` of an image.
    fn rows(&mut self, image: usize, at: usize, count: usize, out: &mut [f32]) -> Range {
        let Convolution {
            rows,
            columns,
            inputs,
            ..
        } = *self.convolution;
        let size = rows.input * columns.input * inputs;
        let picture = &self.input[image * size..(image + 1) * size];
        let (data, width, top) = if self.convolution.padded() {
            fill(self.convolution, picture, at, count, &mut self.band);
            (self.band.as_slice(), self.convolution.padded_width(), 0)
        } else {
            (picture, columns.input, at * rows.stride)
        };
        let line = width * inputs;
        // With neighbouring columns, a filter row is one run of elements.
        let (taps, depth): (Vec<usize>, usize) = if columns.dilation == 1 {
            let taps = (0..rows.size).map(|y| y * rows.dilation * line);
            (taps.collect(), columns.size * inputs)
        } else {
            let taps = (0..rows.size).flat_map(|y| {
                (0..columns.size).map(move |x| y * rows.dilation * line + x * columns.dilation * inputs)
            });
            (taps.collect(), inputs)
        };
        let n = self.packed.n;
        let positions = count * columns.output;
        let mut range = Range::EMPTY;
        for from in (0..positions).step_by(block(self.packed)) {
            let to = positions.min(from + block(self.packed));
            self.bases.clear();
            let (mut y, mut x) = (from / columns.output, from % columns.output);
            self.bases.extend((from..to).map(|_| {
                let base = (top + y * rows.stride) * line + x * columns.stride * inputs;
                x += 1;
                if x == columns.output {
                    (y, x) = (y + 1, 0);
                }
                base
            }));
            let source = Source {
                data,
                bases: Bases::List(&self.bases),
                taps: &taps,
                depth,
            };
            let out = &mut out[from * n..to * n];
            range = range.join(block_of_tiles(source, self.packed, self.clamp, out));
        }
        range
    }
}

/// The image rows under output rows `at..at + count`, between zeros.
fn fill(convolution: &Convolution, picture: &[f32], at: usize, count: usize, band: &mut Vec<f32>) {
    let Convolution {
        rows,
        columns,
        inputs,
        ..
    } = *convolution;
    let width = convolution.padded_width();
    let height = (count - 1) * rows.stride + (rows.size - 1) * rows.dilation + 1;
    band.clear();
    let shown = columns.input.min(width - columns.before.min(width));
    for y in 0..height {
        let from = (at * rows.stride + y)
            .checked_sub(rows.before)
            .filter(|y| *y < rows.input);
        let end = band.len() + width * inputs;
        if let Some(y) = from {
            band.resize(band.len() + columns.before.min(width) * inputs, 0.0);
            band.extend_from_slice(&picture[y * columns.input * inputs..][..shown * inputs]);
        }
        band.resize(end, 0.0);
    }
}
