//! One operator on several threads.

use rayon::prelude::*;

use super::Range;

/// Cuts `out` into runs of whole rows of `row` elements, gives each run with the number of its first row to `work`,
/// on up to `threads` threads of the current pool, and joins the ranges.
pub(super) fn rows(
    out: &mut [f32],
    row: usize,
    threads: usize,
    work: impl Fn(usize, &mut [f32]) -> Range + Sync,
) -> Range {
    let count = out.len() / row.max(1);
    if threads <= 1 || count <= 1 {
        return work(0, out);
    }
    let run = count.div_ceil(threads);
    out.par_chunks_mut(run * row)
        .enumerate()
        .map(|(index, out)| work(index * run, out))
        .reduce(|| Range::EMPTY, Range::join)
}
