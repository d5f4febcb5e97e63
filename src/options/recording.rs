//! How ranges are recorded, as options.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use quant_core::interp::FloatProfile;
use quant_core::record::{Mode, Overrides, RecordOptions};

use super::available;
use crate::failure::{Failure, Result};
use crate::files;

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
    /// What makes a range of each tensor's values (docs/recordings.md): minmax, percentile:P as in percentile:99.99 (of values, both
    /// ends), kl, mse, ema:W as in ema:0.99, one or one:MIN:MAX (percentiles of the records' extremes), moving-average:RECORDS:C,
    /// running, exponential.
    #[arg(long, value_name = "OBSERVER", value_parser = observer, conflicts_with_all = ["mode", "min_percentile", "max_percentile",
        "moving_average", "average_constant"])]
    pub observer: Option<Mode>,
    /// Ranges or observers of single tensors: a JSON object of names, or regex:EXPRESSION, with [min, max] or an observer.
    #[arg(long, value_name = "FILE")]
    pub overrides: Option<PathBuf>,
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
    /// Whose floats the model computes while it is recorded: `fast`, `one`, which are those of ONE's record-minmax to the
    /// last bit, or `onnxruntime`, whose QUANTIZE rounds halves to even.
    #[arg(long, value_name = "KERNELS", default_value = "fast", value_parser = kernels)]
    pub kernels: FloatProfile,
}

/// The value of `--observer`.
fn observer(word: &str) -> std::result::Result<Mode, String> {
    word.parse()
}

/// The value of `--kernels`.
pub fn kernels(name: &str) -> std::result::Result<FloatProfile, String> {
    let found = FloatProfile::ALL
        .into_iter()
        .find(|profile| profile.name() == name);
    found.ok_or_else(|| {
        let names = FloatProfile::ALL.map(FloatProfile::name);
        format!("kernels are {}", names.join(", "))
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
        let mode = self.mode.is_some() || self.observer.is_some();
        let asked = mode || percentile.is_some() || self.moving_average.is_some();
        asked.then(|| self.mode())
    }

    /// How the ranges of records become one.
    pub fn mode(&self) -> Mode {
        let (min, max) = self.percentiles();
        if let Some(mode) = self.observer {
            return mode;
        }
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

    /// The options of the stage, for a scheme that has `mode` when nobody says; values of `lowest` or less stand for no value.
    pub fn options(&self, mode: Mode, lowest: Option<f32>) -> Result<RecordOptions> {
        Ok(RecordOptions {
            mode: self.asked().unwrap_or(mode),
            threads: self.threads,
            lowest,
            floats: self.kernels,
            like: self.observer.is_some().then_some(mode),
            overrides: self.overrides()?,
        })
    }

    /// How often the model sees each record.
    pub fn passes(&self, overrides: &Overrides) -> usize {
        let twice = self.observer.is_some_and(Mode::needs_edges) || overrides.needs_edges();
        if twice { 2 } else { 1 }
    }

    /// Refuses an observer that looks for the best range of 256 levels, where there are more.
    pub fn check_levels(&self, overrides: &Overrides, what: &str) -> Result {
        let all = self.observer.filter(|mode| mode.is_of_eight_bits());
        match all.or_else(|| overrides.of_eight_bits()) {
            None => Ok(()),
            Some(mode) => Err(Failure::Usage(format!(
                "--observer {mode}: it looks for the range that is best for 256 levels, and {what} has activations of int16; take \
                 minmax or percentile:P"
            ))),
        }
    }

    /// The ranges and observers of single tensors.
    pub fn overrides(&self) -> Result<Overrides> {
        let Some(path) = &self.overrides else {
            return Ok(Overrides::default());
        };
        let overrides = Overrides::parse(&files::read_text(path)?);
        Ok(overrides.map_err(|error| error.within(path.display()))?)
    }
}
