//! The k-th greatest and the k-th least of many values, by the extremes of runs of them.

use quant_numeric::clipped::{Extremes, RUN, extremes};

/// Batches of values with the extremes of their runs.
pub(super) struct Batches<'a> {
    batches: &'a [&'a [f32]],
    extremes: Vec<Vec<Extremes>>,
}

impl<'a> Batches<'a> {
    /// `None` when a value is NaN or infinite.
    pub fn of(batches: &'a [&'a [f32]]) -> Option<Self> {
        let extremes = batches.iter().map(|batch| extremes(batch));
        Some(Self {
            batches,
            extremes: extremes.collect::<Option<_>>()?,
        })
    }

    /// Least and greatest value; 0 when there are none.
    pub fn range(&self) -> [f32; 2] {
        let all = self.extremes.iter().flatten().copied();
        all.reduce(|[a, b], [c, d]| [a.min(c), b.max(d)])
            .unwrap_or_default()
    }

    /// The `k`-th greatest value, `k` from 1 to their number.
    pub fn greatest(&self, k: usize) -> f32 {
        self.ranked(k, 1.0)
    }

    /// The `k`-th least value, `k` from 1 to their number.
    pub fn least(&self, k: usize) -> f32 {
        -self.ranked(k, -1.0)
    }

    /// The `k`-th greatest of the values times `sign`.
    ///
    /// The k-th greatest of the runs' extremes is not above it, and fewer than `k` runs have a greater value: only these are
    /// looked through.
    fn ranked(&self, k: usize, sign: f32) -> f32 {
        let end = |[least, greatest]: Extremes| if sign > 0.0 { greatest } else { -least };
        let mut ends: Vec<f32> = self.extremes.iter().flatten().map(|run| end(*run)).collect();
        let floor = if k <= ends.len() {
            nth_greatest(&mut ends, k)
        } else {
            f32::NEG_INFINITY
        };
        let mut above = Vec::new();
        for (batch, extremes) in self.batches.iter().zip(&self.extremes) {
            for (run, extremes) in batch.chunks(RUN).zip(extremes) {
                if end(*extremes) > floor {
                    above.extend(run.iter().map(|x| x * sign).filter(|x| *x > floor));
                }
            }
        }
        if above.len() < k {
            floor
        } else {
            nth_greatest(&mut above, k)
        }
    }
}

fn nth_greatest(values: &mut [f32], k: usize) -> f32 {
    *values.select_nth_unstable_by(k - 1, |a, b| b.total_cmp(a)).1
}
