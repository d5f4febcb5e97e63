//! Observers: what is kept of a tensor while records pass, and the range that comes of it.

mod exponential;
mod min_max;
mod moving_average;
mod percentile;
mod running;

pub use exponential::Exponential;
pub use min_max::MinMax;
pub use moving_average::MovingAverage;
pub use percentile::Percentile;
pub use running::Running;

use quant_ir::error::{Error, Problem, Result};
use quant_kernel::Range;

/// What is kept of one tensor while records pass. The memory of a state is bounded, or grows with what an exact answer
/// needs; the state is plain data.
///
/// A record leaves a sample, made by the thread that ran it; samples are added in the order of the records, so that
/// every observer gives the same bits on any number of threads.
pub trait Observer: Send + Sync {
    /// What one record leaves.
    type Sample: Send;

    /// What comes of [`Self::merge`].
    const MERGE: Merge;

    /// Whether records are run as the calibrators of TensorFlow Lite run them: one after the other where the model has
    /// variables, which keep their values and are seen before and behind each operator that reads them, as the
    /// intermediate results of LSTMs are seen; and NaN is passed over. Else every record starts fresh, and a record with
    /// values that are not finite, or a tensor without numbers, is an error.
    const IN_SEQUENCE: bool = false;

    /// Looks at the tensor in one record: its `values` that count (at least one; NaN may be among them) and their
    /// range, over which NaN and the lowest float are passed. Any thread calls it at any time, so that it must depend
    /// on the observer's parameters and not on the samples so far.
    fn sample(&self, values: &[f32], range: Range) -> Self::Sample;

    /// Adds the sample of the next record that has the tensor.
    fn add(&mut self, sample: Self::Sample);

    /// Adds what an observer with the same parameters saw in records behind those of this one.
    fn merge(&mut self, later: Self);

    /// The range; `None` when no record was seen.
    fn range(&self) -> Option<Range>;
}

/// What comes of the states of two parts of the records, put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Merge {
    /// The state of one run over both parts, in whatever order they are put together.
    AnyOrder,
    /// The state of one run over both parts when the second part follows the first.
    InOrder,
    /// About the state of one run.
    Approximate,
}

/// How the ranges of single records become one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    /// The least of all minima and the greatest of all maxima: [`MinMax`].
    MinMax,
    /// The percentile `min` of all minima and `max` of all maxima, 0…100: [`Percentile`].
    Percentile {
        /// Percentile of the minima.
        min: f32,
        /// Percentile of the maxima.
        max: f32,
    },
    /// A moving average over batches of records: [`MovingAverage`].
    MovingAverage {
        /// Records a batch.
        batch: usize,
        /// Weight of the newest batch, 0…1.
        constant: f32,
    },
    /// The least and the greatest value of all records in sequence, as TensorFlow's calibrator keeps them: [`Running`].
    Running,
    /// A moving average over single records in sequence, as ai-edge-quantizer keeps it: [`Exponential`].
    Exponential,
}

impl Default for Mode {
    /// The 1st percentile of all minima, and the 99th of all maxima.
    fn default() -> Self {
        Self::Percentile { min: 1.0, max: 99.0 }
    }
}

impl Mode {
    /// Refuses percentiles beyond 0…100, an empty batch, and a constant beyond 0…1.
    pub(super) fn check(self) -> Result<()> {
        let wrong = |what: String, hint: &str| Err(Error::new("record mode", Problem::Option(what), hint));
        match self {
            Self::Percentile { min, max }
                if !(0.0..=100.0).contains(&min) || !(0.0..=100.0).contains(&max) =>
            {
                wrong(
                    format!("percentiles {min} and {max}"),
                    "give percentiles in 0…100",
                )
            }
            Self::MovingAverage { batch: 0, .. } => wrong("a batch of 0 records".into(), "give at least 1"),
            Self::MovingAverage { constant, .. } if !(0.0..=1.0).contains(&constant) => {
                wrong(format!("constant {constant}"), "give a constant in 0…1")
            }
            _ => Ok(()),
        }
    }
}
