//! The k-th greatest and the k-th least of values that come batch by batch, by the extremes of runs of them.

use quant_numeric::clipped::{Extremes, RUN};

/// The k-th greatest of the values times `sign`.
#[derive(Clone, Debug)]
pub(super) struct Ranked {
    k: usize,
    sign: f32,
    /// At least `k` values are not below it.
    floor: f32,
    /// All values above the floor.
    above: Vec<f32>,
}

impl Ranked {
    /// For the `k`-th greatest value, `k` from 1 to the number of all values.
    pub fn greatest(k: usize) -> Self {
        Self {
            k,
            sign: 1.0,
            floor: f32::NEG_INFINITY,
            above: Vec::new(),
        }
    }

    /// For the `k`-th least value.
    pub fn least(k: usize) -> Self {
        Self {
            sign: -1.0,
            ..Self::greatest(k)
        }
    }

    /// Values with the extremes of their runs.
    ///
    /// The k-th greatest of the runs' extremes is a floor, and fewer than `k` runs have a greater value: only these are looked
    /// through.
    pub fn see(&mut self, values: &[f32], runs: &[Extremes]) {
        let sign = self.sign;
        let end = |[least, greatest]: Extremes| if sign > 0.0 { greatest } else { -least };
        let mut ends: Vec<f32> = runs.iter().map(|run| end(*run)).collect();
        if self.k <= ends.len() {
            self.floor = self.floor.max(nth_greatest(&mut ends, self.k));
        }
        let floor = self.floor;
        for (run, extremes) in values.chunks(RUN).zip(runs) {
            if end(*extremes) > floor {
                self.above
                    .extend(run.iter().map(|x| x * sign).filter(|x| *x > floor));
            }
        }
        if self.above.len() >= self.k.saturating_mul(2) {
            self.floor = nth_greatest(&mut self.above, self.k);
            let floor = self.floor;
            self.above.retain(|x| *x > floor);
        }
    }

    /// The value, when all were seen.
    pub fn value(mut self) -> f32 {
        self.above.retain(|x| *x > self.floor);
        let value = if self.above.len() < self.k {
            self.floor
        } else {
            nth_greatest(&mut self.above, self.k)
        };
        value * self.sign
    }
}

fn nth_greatest(values: &mut [f32], k: usize) -> f32 {
    *values.select_nth_unstable_by(k - 1, |a, b| b.total_cmp(a)).1
}
