//! The innermost loop of products: a few positions times a panel of output channels, in registers.

use pulp::NullaryFnOnce;
use pulp::bytemuck::{cast, cast_slice};

use super::filters::Filters;
use super::lanes::{Lanes, Work};
use super::rescale::{By, Limits, Output, WORDS, put};

/// Where the elements under a filter are: for position `p` and run `r`, those from `bases[p] + runs[r]` on.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    /// Behind the last one stands one more of any value, which odd runs read.
    pub data: &'a [i16],
    pub bases: &'a [usize],
    pub runs: &'a [usize],
}

/// Where sums go: `stride` apart for each position, from the first on.
pub enum Out<'a> {
    /// Rescaled.
    Bytes {
        /// What becomes of them.
        output: Output,
        /// From the first on.
        out: &'a mut [i8],
        /// Elements from one position to the next.
        stride: usize,
    },
    /// As they are: of inputs of 16 bits they must not leave 32.
    Sums {
        /// From the first on.
        out: &'a mut [i32],
        /// Elements from one position to the next.
        stride: usize,
    },
}

impl Out<'_> {
    /// From a position on.
    pub(super) fn at(&mut self, position: usize) -> Out<'_> {
        match self {
            Self::Bytes { output, out, stride } => Out::Bytes {
                output: *output,
                out: &mut out[position * *stride..],
                stride: *stride,
            },
            Self::Sums { out, stride } => Out::Sums {
                out: &mut out[position * *stride..],
                stride: *stride,
            },
        }
    }
}

/// All positions of a source times all filters.
pub(super) struct Block<'a> {
    pub source: Source<'a>,
    pub filters: &'a Filters,
    pub out: Out<'a>,
}

impl Work for Block<'_> {
    type Output = ();

    #[inline(always)]
    fn run<L: Lanes>(mut self, lanes: L) {
        let filters = self.filters;
        let vector = filters.runs * filters.pairs();
        let weights: &[L::Words] = cast_slice(&filters.weights);
        let channels: &[L::Words] = cast_slice(&filters.channels);
        // Tiles of nearly equal height: a short one at the end would waste the panel's loads.
        let positions = self.source.bases.len();
        let tiles = positions.div_ceil(L::ROWS);
        let (height, taller) = (positions / tiles.max(1), positions % tiles.max(1));
        for (number, starts) in filters.starts.chunks(2).enumerate() {
            let panel = Panel {
                starts: [starts[0], starts[starts.len() - 1]],
                weights: &weights[2 * number * vector..][..starts.len() * vector],
                channels: &channels[2 * number * WORDS..][..starts.len() * WORDS],
            };
            let mut at = 0;
            for (height, count) in [(height + 1, taller), (height, tiles - taller)] {
                if starts.len() == 2 {
                    self.tiles_of::<L, 2>(lanes, height, count, at, panel);
                } else {
                    self.tiles_of::<L, 1>(lanes, height, count, at, panel);
                }
                at += height * count;
            }
        }
    }
}

/// Filters of one or two vectors of channels.
#[derive(Clone, Copy)]
struct Panel<'a, L: Lanes> {
    starts: [usize; 2],
    weights: &'a [L::Words],
    channels: &'a [L::Words],
}

/// Tiles of one height as a function of their own: all heights in one would take the compiler minutes.
struct Tiles<'t, 'a, L: Lanes, const MR: usize, const NV: usize> {
    lanes: L,
    block: &'t mut Block<'a>,
    count: usize,
    at: usize,
    panel: Panel<'t, L>,
}

impl<L: Lanes, const MR: usize, const NV: usize> NullaryFnOnce for Tiles<'_, '_, L, MR, NV> {
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for tile in 0..self.count {
            self.block
                .tile::<L, MR, NV>(self.lanes, self.at + tile * MR, &self.panel);
        }
    }
}

/// Writes the body once for each row of a tile of `$height` rows: sums that a loop reaches by a running index would
/// not stay in registers.
macro_rules! each_row {
    ($height:ident, $row:ident => $body:block) => {
        each_row!($height, $row => $body, 0 1 2 3 4 5 6 7 8 9 10 11);
    };
    ($height:ident, $row:ident => $body:block, $($number:literal)*) => {
        $(
            if $height > $number {
                let $row: usize = $number;
                $body
            }
        )*
    };
}

impl Block<'_> {
    /// `count` tiles of one height, from position `at` on.
    #[inline(always)]
    fn tiles_of<L: Lanes, const NV: usize>(
        &mut self,
        lanes: L,
        height: usize,
        count: usize,
        at: usize,
        panel: Panel<'_, L>,
    ) {
        macro_rules! heights {
            ($($height:literal)*) => {
                match height {
                    $($height => lanes.vectorize(Tiles::<'_, '_, L, $height, NV> {
                        lanes,
                        block: self,
                        count,
                        at,
                        panel,
                    }),)*
                    _ => {}
                }
            };
        }
        // The compiler makes only the tiles that this instruction set can reach.
        if const { L::ROWS == 12 } {
            heights!(1 2 3 4 5 6 7 8 9 10 11 12);
        } else if const { L::ROWS == 6 } {
            heights!(1 2 3 4 5 6);
        } else {
            heights!(1 2 3 4);
        }
    }

    /// `MR` positions from `at` on times `NV` vectors of channels.
    #[inline(always)]
    fn tile<L: Lanes, const MR: usize, const NV: usize>(
        &mut self,
        lanes: L,
        at: usize,
        panel: &Panel<'_, L>,
    ) {
        let Source { data, bases, runs } = self.source;
        let pairs = self.filters.pairs();
        let bases = &bases[at..][..MR];
        let weights = panel.weights.as_chunks::<NV>().0;
        let mut first = [lanes.splat(0); NV];
        for (first, words) in first.iter_mut().zip(panel.channels.chunks_exact(WORDS)) {
            *first = lanes.load(&words[0]);
        }
        let mut sums = [first; MR];
        for (run, offset) in runs.iter().enumerate() {
            let mut rows: [&[[i16; 2]]; MR] = [&[]; MR];
            for (row, base) in rows.iter_mut().zip(bases) {
                *row = &data[base + offset..][..2 * pairs].as_chunks().0[..pairs];
            }
            let weights = &weights[run * pairs..][..pairs];
            for pair in 0..pairs {
                let mut weight = [lanes.splat(0); NV];
                for v in 0..NV {
                    weight[v] = lanes.load(&weights[pair][v]);
                }
                for row in 0..MR {
                    let x = lanes.splat(cast(rows[row][pair]));
                    for v in 0..NV {
                        sums[row][v] = lanes.madd(x, weight[v], sums[row][v]);
                    }
                }
            }
        }
        // From here on they may be in memory.
        let mut made = [[panel.channels[0]; NV]; MR];
        each_row!(MR, row => {
            for v in 0..NV {
                lanes.store(sums[row][v], &mut made[row][v]);
            }
        });
        let width = self.filters.n.min(L::COUNT);
        match &mut self.out {
            Out::Bytes { output, out, stride } => {
                // What is beyond the last channel belongs to the next position, which comes later.
                let whole = width == L::COUNT || *stride == width;
                let limits = Limits::new(lanes, *output);
                for v in 0..NV {
                    let by = By::load(lanes, &panel.channels[v * WORDS..][..WORDS]);
                    let out = &mut out[at * *stride + panel.starts[v]..];
                    for (row, made) in made.iter().enumerate() {
                        let bytes = limits.apply(lanes, by.times(lanes, lanes.load(&made[v])));
                        let out = &mut out[row * *stride..];
                        put::<L>(&bytes, if whole { out } else { &mut out[..width] });
                    }
                }
            }
            Out::Sums { out, stride } => {
                for (row, made) in made.iter().enumerate() {
                    for (words, start) in made.iter().zip(panel.starts) {
                        let words: &[i32] = cast_slice(std::slice::from_ref(words));
                        out[(at + row) * *stride + start..][..width].copy_from_slice(&words[..width]);
                    }
                }
            }
        }
    }
}
