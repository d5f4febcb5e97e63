//! How ranges are recorded, as options.

use clap::{Args, ValueEnum};
use quant_core::interp::FloatProfile;
use quant_core::record::{Mode, RecordOptions};

use super::available;
use crate::failure::{Failure, Result};

/// How ranges are recorded.
#[derive(Args)]
pub struct Recording {
    /// Threads that run the model; the result does not depend on it.
    #[arg(long, value_name = "N", default_value_t = available(), value_parser = super::threads)]
    pub threads: usize,
    /// How the ranges of single records become one [default: percentile with ONE, running with TensorFlow Lite's quantizers;
    /// moving-average with --moving-average].
    #[arg(long, value_name = "MODE")]
    pub mode: Option<ModeName>,
    /// Percentile of the records' minima that is the minimum [default: 1].
    #[arg(long, value_name = "P")]
    pub min_percentile: Option<f32>,
    /// Percentile of the records' maxima that is the maximum [default: 99].
    #[arg(long, value_name = "P")]
    pub max_percentile: Option<f32>,
    /// Take an exponential average over batches of so many records [default: 16] instead of percentiles.
    #[arg(long, value_name = "RECORDS", conflicts_with_all = ["min_percentile", "max_percentile"])]
    pub moving_average: Option<usize>,
    /// Weight of a new batch in the exponential average [default: 0.1].
    #[arg(long, value_name = "WEIGHT")]
    pub average_constant: Option<f32>,
    /// Whose floats the model computes while it is recorded: `fast`, or `one`, which are those of ONE's record-minmax to the
    /// last bit.
    #[arg(long, value_name = "KERNELS", default_value = "fast", value_parser = kernels)]
    pub kernels: FloatProfile,
}

/// The value of `--kernels`.
pub fn kernels(name: &str) -> std::result::Result<FloatProfile, String> {
    let found = FloatProfile::ALL
        .into_iter()
        .find(|profile| profile.name() == name);
    found.ok_or_else(|| {
        let names = FloatProfile::ALL.map(FloatProfile::name);
        format!("kernels are {}", names.join(" and "))
    })
}

/// How the ranges of single records become one.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ModeName {
    /// A percentile of all minima, and one of all maxima.
    Percentile,
    /// An exponential average over batches of records.
    MovingAverage,
    /// The least and the greatest value of all records.
    Minmax,
    /// The same of records in sequence, states carried along, as TensorFlow's calibrator.
    Running,
    /// An exponential average over single records, as ai-edge-quantizer.
    Exponential,
}

impl Recording {
    /// Refuses percentiles, batches and weights that are none, percentiles that go past each other, and options of another
    /// mode.
    pub fn check(&self) -> Result {
        let name = self.name();
        let percentiles = [("min", self.min_percentile), ("max", self.max_percentile)];
        for (option, percentile) in percentiles {
            match percentile {
                Some(_) if name != ModeName::Percentile => {
                    return Err(Failure::Usage(format!(
                        "--{option}-percentile is of --mode percentile; leave it or the other mode out"
                    )));
                }
                Some(percentile) if !(0.0..=100.0).contains(&percentile) => {
                    return Err(Failure::Usage(format!(
                        "--{option}-percentile {percentile}: give percentiles in 0…100"
                    )));
                }
                _ => {}
            }
        }
        if name != ModeName::MovingAverage {
            let given = [
                ("--moving-average", self.moving_average.is_some()),
                ("--average-constant", self.average_constant.is_some()),
            ];
            if let Some((option, _)) = given.into_iter().find(|(_, given)| *given) {
                return Err(Failure::Usage(format!(
                    "{option} is of --mode moving-average; leave it out, or give that mode"
                )));
            }
        }
        if self.moving_average == Some(0) {
            return Err(Failure::Usage(
                "--moving-average 0: give at least 1 record".to_owned(),
            ));
        }
        if let Some(weight) = self
            .average_constant
            .filter(|weight| !(0.0..=1.0).contains(weight))
        {
            return Err(Failure::Usage(format!(
                "--average-constant {weight}: give a weight in 0…1"
            )));
        }
        let (min, max) = self.percentiles();
        if min <= max {
            return Ok(());
        }
        Err(Failure::Usage(format!(
            "--min-percentile {min} is above --max-percentile {max}; give a minimum that is not above the maximum, as in 1 and 99"
        )))
    }

    fn name(&self) -> ModeName {
        let implied = match self.moving_average {
            Some(_) => ModeName::MovingAverage,
            None => ModeName::Percentile,
        };
        self.mode.unwrap_or(implied)
    }

    fn percentiles(&self) -> (f32, f32) {
        (
            self.min_percentile.unwrap_or(1.0),
            self.max_percentile.unwrap_or(99.0),
        )
    }

    /// How the ranges of records become one, when somebody says.
    pub fn asked(&self) -> Option<Mode> {
        let percentile = self.min_percentile.or(self.max_percentile);
        let asked = self.mode.is_some() || percentile.is_some() || self.moving_average.is_some();
        asked.then(|| self.mode())
    }

    /// How the ranges of records become one.
    pub fn mode(&self) -> Mode {
        let (min, max) = self.percentiles();
        match self.name() {
            ModeName::MovingAverage => Mode::MovingAverage {
                batch: self.moving_average.unwrap_or(16),
                constant: self.average_constant.unwrap_or(0.1),
            },
            ModeName::Percentile => Mode::Percentile { min, max },
            ModeName::Minmax => Mode::MinMax,
            ModeName::Running => Mode::Running,
            ModeName::Exponential => Mode::Exponential,
        }
    }

    /// The options of the stage; values of `lowest` or less stand for no value.
    pub fn options(&self, lowest: Option<f32>) -> RecordOptions {
        RecordOptions {
            mode: self.mode(),
            threads: self.threads,
            lowest,
            floats: self.kernels,
        }
    }
}
