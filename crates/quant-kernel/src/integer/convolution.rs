//! Convolutions and products of matrices.

use super::tile::{Block, Out, Source};
use super::{Elements, Filters};
use crate::Window;

/// A convolution of images `[batch, rows, columns, channels]`.
#[derive(Clone, Copy, Debug)]
pub struct Convolution {
    /// Images.
    pub batch: usize,
    /// How the filter moves down.
    pub rows: Window,
    /// How it moves right.
    pub columns: Window,
    /// Channels of the image.
    pub channels: usize,
    /// Channels that a filter reads.
    pub depth: usize,
    /// The zero point of the image, which padding has, too.
    pub zero: i16,
}

/// Elements that a block has at most, so that the first-level cache holds it beside a panel; of large filters, which come
/// from farther away, the second-level cache has to hold it.
const SMALL: usize = 8 * 1024;
const LARGE: usize = 64 * 1024;

impl Convolution {
    /// How filters of `depth` channels are to be packed: runs and their length.
    pub fn runs(rows: usize, columns: usize, dilation: usize, depth: usize) -> (usize, usize) {
        if dilation == 1 || columns <= 1 {
            (rows, columns * depth)
        } else {
            (rows * columns, depth)
        }
    }

    /// Writes the channels of one group of filters, which read the channels from `first` on: those of each position from
    /// `position · stride` on. `scratch` is for use.
    ///
    /// # Panics
    /// The lengths do not fit each other.
    pub fn run(
        &self,
        filters: &Filters,
        (input, first): (Elements<'_>, usize),
        mut out: Out<'_>,
        scratch: &mut Vec<i16>,
    ) {
        let (rows, columns) = (self.rows, self.columns);
        let plain = |window: Window| window.size == 1 && window.stride == 1 && window.before == 0;
        if plain(rows) && plain(columns) && self.depth == self.channels {
            let positions = self.batch * rows.output * columns.output;
            return blocks(filters, positions, input, self.zero, scratch, |at, source| {
                filters.machine.dispatch(Block {
                    source,
                    filters,
                    out: out.at(at),
                });
            });
        }
        let padded = |window: Window| {
            let reach = (window.size - 1) * window.dilation + 1;
            (window.output - 1) * window.stride + reach
        };
        let (height, width) = (padded(rows), padded(columns));
        let wide = width * self.depth;
        let mut runs = Vec::with_capacity(filters.runs);
        for run in 0..filters.runs {
            let each = filters.runs / rows.size;
            let (i, j) = (run / each, run % each);
            runs.push(i * rows.dilation * wide + j * columns.dilation * self.depth);
        }
        let block = block(filters);
        let count = rows.output * columns.output;
        let mut bases = Vec::with_capacity(block);
        scratch.clear();
        scratch.resize(height * wide + 1, 0);
        for image in 0..self.batch {
            self.pad((input, first), image, (height, width), scratch);
            for from in (0..count).step_by(block) {
                bases.clear();
                bases.extend((from..count.min(from + block)).map(|at| {
                    let (row, column) = (at / columns.output, at % columns.output);
                    row * rows.stride * wide + column * columns.stride * self.depth
                }));
                filters.machine.dispatch(Block {
                    source: Source {
                        data: scratch,
                        bases: &bases,
                        runs: &runs,
                    },
                    filters,
                    out: out.at(image * count + from),
                });
            }
        }
    }

    /// The image less its zero point, in its padding. What is padding is 0 already.
    fn pad(
        &self,
        (input, first): (Elements<'_>, usize),
        image: usize,
        (height, width): (usize, usize),
        to: &mut [i16],
    ) {
        let (rows, columns) = (self.rows, self.columns);
        let lines = rows.input.min(height.saturating_sub(rows.before));
        let pixels = columns.input.min(width.saturating_sub(columns.before));
        for line in 0..lines {
            let from = (image * rows.input + line) * columns.input;
            let to = &mut to[((rows.before + line) * width + columns.before) * self.depth..];
            if self.depth == self.channels {
                input.centered(from * self.channels, self.zero, &mut to[..pixels * self.depth]);
                continue;
            }
            for (pixel, to) in to.chunks_exact_mut(self.depth).take(pixels).enumerate() {
                input.centered((from + pixel) * self.channels + first, self.zero, to);
            }
        }
    }
}

/// Positions a block.
fn block(filters: &Filters) -> usize {
    let k = (filters.runs * filters.length).max(1);
    let elements = if filters.n * k <= 128 * 1024 { SMALL } else { LARGE };
    (elements / k).max(24).next_multiple_of(12)
}

/// Brings positions of one run, one behind the other, less their zero point to `work`, block by block.
fn blocks(
    filters: &Filters,
    positions: usize,
    input: Elements<'_>,
    zero: i16,
    scratch: &mut Vec<i16>,
    mut work: impl FnMut(usize, Source<'_>),
) {
    let (block, k) = (block(filters), filters.length);
    let bases: Vec<usize> = (0..block.min(positions)).map(|at| at * k).collect();
    scratch.clear();
    scratch.resize(block * k + 1, 0);
    for from in (0..positions).step_by(block) {
        let count = block.min(positions - from);
        input.centered(from * k, zero, &mut scratch[..count * k]);
        let source = Source {
            data: scratch,
            bases: &bases[..count],
            runs: &[0],
        };
        work(from, source);
    }
}

/// `out[m, n]` = rows of `input` `[m, k]` less `zero` times filters of one run of k elements, for `m` rows.
///
/// # Panics
/// The lengths do not fit each other.
pub fn packed_product(
    filters: &Filters,
    m: usize,
    (input, zero): (Elements<'_>, i16),
    mut out: Out<'_>,
    scratch: &mut Vec<i16>,
) {
    blocks(filters, m, input, zero, scratch, |at, source| {
        filters.machine.dispatch(Block {
            source,
            filters,
            out: out.at(at),
        });
    });
}
