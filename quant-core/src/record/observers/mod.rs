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
