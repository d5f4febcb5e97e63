//! The innermost loop: a few output positions times one panel of output channels, in registers.

use pulp::{NullaryFnOnce, Simd, WithSimd};

use super::clamp::Limit;
use super::packed::{BESIDE, Panel};
use super::range::Seen;
use super::{Clamp, Packed, Range};

/// Where the elements under the filter are: for position `p` and tap `t`, the `depth` elements from
/// `bases[p] + taps[t]` on.
#[derive(Clone, Copy)]
pub(super) struct Source<'a> {
    pub data: &'a [f32],
    pub bases: Bases<'a>,
    pub taps: &'a [usize],
    pub depth: usize,
}

/// Where the elements of each position begin.
#[derive(Clone, Copy)]
pub(super) enum Bases<'a> {
    /// One behind the other.
    Every { from: usize, step: usize, count: usize },
    /// Anywhere.
    List(&'a [usize]),
}

impl Bases<'_> {
    fn len(&self) -> usize {
        match self {
            Self::Every { count, .. } => *count,
            Self::List(list) => list.len(),
        }
    }

    /// The bases of `MR` positions from `at` on.
    #[inline(always)]
    pub fn of<const MR: usize>(&self, at: usize) -> [usize; MR] {
        let mut bases = [0; MR];
        match self {
            Self::Every { from, step, .. } => {
                for (row, base) in bases.iter_mut().enumerate() {
                    *base = from + (at + row) * step;
                }
            }
            Self::List(list) => bases.copy_from_slice(&list[at..at + MR]),
        }
        bases
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

/// Positions a block of a product with these filters.
///
/// Filters that stay in the second-level cache are passed over for every few positions, whose input stays in the
/// first-level cache and whose outputs are written row by row; larger ones for as many positions as the second-level
/// cache holds besides.
pub(super) fn block(packed: &Packed) -> usize {
    let bytes = if packed.n * packed.k <= 64 * 1024 {
        16 * 1024
    } else {
        128 * 1024
    };
    (bytes / 4 / packed.k.max(1)).max(48).next_multiple_of(12)
}

/// Computes `out[positions, n]` for all positions of the source and tells the range of what it wrote.
pub(super) fn block_of_tiles(source: Source<'_>, packed: &Packed, clamp: Clamp, out: &mut [f32]) -> Range {
    packed.arch.dispatch(Block {
        source,
        packed,
        clamp,
        out,
    })
}

/// Rows of the highest tile: as many as the registers hold. Sums of rounded products (fully connected layers) mostly
/// have one position; those of more are convolutions as ONE's binaries compute them.
const fn highest<S: Simd>(fused: bool) -> usize {
    match (fused, S::REGISTER_COUNT >= 32) {
        (false, false) => 4,
        (false, true) | (true, false) => 6,
        (true, true) => 12,
    }
}

struct Block<'a> {
    source: Source<'a>,
    packed: &'a Packed,
    clamp: Clamp,
    out: &'a mut [f32],
}

impl WithSimd for Block<'_> {
    type Output = Range;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Range {
        let Self {
            source,
            packed,
            clamp,
            out,
        } = self;
        let mut sums = Sums {
            simd,
            source,
            limit: Limit::new(simd, clamp),
            stride: packed.n,
            seen: Seen::new(simd),
            out,
        };
        // Tiles of nearly equal height: a short one at the end would waste the panel's loads.
        let highest = highest::<S>(packed.fused);
        let positions = source.bases.len();
        let tiles = positions.div_ceil(highest);
        // One row alone is a chain of sums a vector: panels side by side give the processor others to go on with.
        let beside = if positions == 1 {
            packed.whole() / BESIDE * BESIDE
        } else {
            0
        };
        for first in (0..beside).step_by(BESIDE) {
            if packed.fused {
                sums.row_of::<true>(packed, first);
            } else {
                sums.row_of::<false>(packed, first);
            }
        }
        let (height, taller) = (positions / tiles.max(1), positions % tiles.max(1));
        for panel in packed.panels().skip(beside) {
            let mut at = 0;
            for (height, count) in [(height + 1, taller), (height, tiles - taller)] {
                match (panel.double, packed.fused) {
                    (true, true) => sums.tiles_of::<2, true>(height, count, at, &panel),
                    (false, true) => sums.tiles_of::<1, true>(height, count, at, &panel),
                    (true, false) => sums.tiles_of::<2, false>(height, count, at, &panel),
                    (false, false) => sums.tiles_of::<1, false>(height, count, at, &panel),
                }
                at += height * count;
            }
        }
        sums.seen.range(simd)
    }
}

pub(super) struct Sums<'a, S: Simd> {
    pub simd: S,
    pub source: Source<'a>,
    pub limit: Limit<S>,
    stride: usize,
    pub seen: Seen<S>,
    pub out: &'a mut [f32],
}

/// Tiles of one height as a function of their own: all heights in one would take the compiler minutes.
struct Tiles<'t, 'a, S: Simd, const MR: usize, const NV: usize, const FUSED: bool> {
    sums: &'t mut Sums<'a, S>,
    count: usize,
    at: usize,
    panel: &'t Panel<'t>,
}

impl<S: Simd, const MR: usize, const NV: usize, const FUSED: bool> NullaryFnOnce
    for Tiles<'_, '_, S, MR, NV, FUSED>
{
    type Output = ();

    #[inline(always)]
    fn call(self) {
        for tile in 0..self.count {
            self.sums.tile::<MR, NV, FUSED>(self.at + tile * MR, self.panel);
        }
    }
}

impl<S: Simd> Sums<'_, S> {
    /// `count` tiles of one height, from position `at` on.
    #[inline(always)]
    fn tiles_of<const NV: usize, const FUSED: bool>(
        &mut self,
        height: usize,
        count: usize,
        at: usize,
        panel: &Panel<'_>,
    ) {
        macro_rules! heights {
            ($($height:literal)*) => {
                match height {
                    $($height => self.simd.vectorize(Tiles::<'_, '_, S, $height, NV, FUSED> {
                        sums: self,
                        count,
                        at,
                        panel,
                    }),)*
                    _ => {}
                }
            };
        }
        // The compiler makes only the tiles that this instruction set and kind of sum can reach.
        if const { highest::<S>(FUSED) == 12 } {
            heights!(1 2 3 4 5 6 7 8 9 10 11 12);
        } else if const { highest::<S>(FUSED) == 6 } {
            heights!(1 2 3 4 5 6);
        } else {
            heights!(1 2 3 4);
        }
    }

    /// `MR` positions from `at` on times `NV` vectors of channels.
    #[inline(always)]
    fn tile<const MR: usize, const NV: usize, const FUSED: bool>(&mut self, at: usize, panel: &Panel<'_>) {
        let (simd, depth) = (self.simd, self.source.depth);
        let bases = self.source.bases.of::<MR>(at);
        let (weights, _) = S::as_simd_f32s(panel.weights).0.as_chunks::<NV>();
        let bias = S::as_simd_f32s(panel.bias).0;
        let mut first = [simd.splat_f32s(0.0); NV];
        first.copy_from_slice(&bias[..NV]);
        let mut sums = [if FUSED { first } else { [simd.splat_f32s(0.0); NV] }; MR];
        for (tap, offset) in self.source.taps.iter().enumerate() {
            let mut rows: [&[f32]; MR] = [&[]; MR];
            for (row, base) in rows.iter_mut().zip(&bases) {
                *row = &self.source.data[base + offset..][..depth];
            }
            let weights = &weights[tap * depth..][..depth];
            for i in 0..depth {
                let weight = weights[i];
                for row in 0..MR {
                    let x = simd.splat_f32s(rows[row][i]);
                    for v in 0..NV {
                        sums[row][v] = if FUSED {
                            simd.mul_add_f32s(x, weight[v], sums[row][v])
                        } else {
                            simd.add_f32s(sums[row][v], simd.mul_f32s(x, weight[v]))
                        };
                    }
                }
            }
        }
        // Chains of half the rows, for the processor to overlap.
        let mut seen = [[Seen::new(simd); NV]; 2];
        let out = &mut self.out[at * self.stride + panel.from..];
        if panel.width == NV * S::F32_LANES {
            each_row!(MR, row => {
                let out = S::as_mut_simd_f32s(&mut out[row * self.stride..][..NV * S::F32_LANES]).0;
                for v in 0..NV {
                    let sum = self.limit.apply(if FUSED { sums[row][v] } else { simd.add_f32s(sums[row][v], first[v]) });
                    seen[row % 2][v].add(simd, sum);
                    out[v] = sum;
                }
            });
        } else {
            each_row!(MR, row => {
                let (whole, part) = S::as_mut_simd_f32s(&mut out[row * self.stride..][..panel.width]);
                for v in 0..NV {
                    let sum = self.limit.apply(if FUSED { sums[row][v] } else { simd.add_f32s(sums[row][v], first[v]) });
                    seen[row % 2][v].add(simd, sum);
                    if v < whole.len() {
                        whole[v] = sum;
                    } else if v == whole.len() {
                        simd.partial_store_f32s(part, sum);
                    }
                }
            });
        }
        // By index: an iterator would put the ranges, and the sums with them, into memory.
        #[allow(clippy::needless_range_loop)]
        for v in 0..NV {
            self.seen.join(simd, seen[0][v]);
            self.seen.join(simd, seen[1][v]);
        }
    }
}
