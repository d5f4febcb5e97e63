//! Matrix product with packed weights, for fully connected layers.

use super::tile::{Bases, Source, block, block_of_tiles};
use super::{Clamp, Packed, Range, split};

/// `out[rows, n] = clamp(input[rows, k] · weightsᵀ + bias)`; tells the range of what it wrote.
pub fn product(packed: &Packed, clamp: Clamp, input: &[f32], out: &mut [f32], threads: usize) -> Range {
    let (n, k) = (packed.n, packed.k);
    split::rows(out, n, threads, |first, out| {
        let rows = out.len() / n.max(1);
        let mut range = Range::EMPTY;
        for from in (0..rows).step_by(block(packed)) {
            let to = rows.min(from + block(packed));
            let bases = Bases::Every {
                from: (first + from) * k,
                step: k,
                count: to - from,
            };
            let source = Source {
                data: input,
                bases,
                taps: &[0],
                depth: k,
            };
            range = range.join(block_of_tiles(source, packed, clamp, &mut out[from * n..to * n]));
        }
        range
    })
}
