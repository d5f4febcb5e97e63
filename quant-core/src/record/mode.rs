//! Which observer, as a word.

use std::fmt;
use std::str::FromStr;

use quant_ir::error::{Error, Problem, Result};

/// How the ranges or the values of single records become one range: which observer, and its parameters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Mode {
    /// The least of all minima and the greatest of all maxima: [`super::MinMax`].
    MinMax,
    /// The percentile `min` of all minima and `max` of all maxima, 0…100: [`super::Percentile`].
    Percentile {
        /// Percentile of the minima.
        min: f32,
        /// Percentile of the maxima.
        max: f32,
    },
    /// A moving average over batches of records: [`super::MovingAverage`].
    MovingAverage {
        /// Records a batch.
        batch: usize,
        /// Weight of the newest batch, 0…1.
        constant: f32,
    },
    /// The least and the greatest value of all records in sequence, as TensorFlow's calibrator keeps them: [`super::Running`].
    Running,
    /// A moving average over single records in sequence, as ai-edge-quantizer keeps it: [`super::Exponential`].
    Exponential,
    /// A moving average over single records: [`super::Ema`].
    Ema {
        /// Weight of the average so far, 0…1.
        weight: f64,
    },
    /// A percentile of all values at both ends: [`super::Values`].
    Values {
        /// The percentile at the upper end, 50…100.
        percentile: f64,
    },
    /// The threshold with the least Kullback–Leibler divergence: [`super::Entropy`].
    Entropy,
    /// The range with the least squared error: [`super::SquaredError`].
    SquaredError,
}

impl Default for Mode {
    /// The 1st percentile of all minima, and the 99th of all maxima.
    fn default() -> Self {
        Self::Percentile { min: 1.0, max: 99.0 }
    }
}

/// What [`Mode`] is read from.
const WORDS: &str = "minmax, percentile:P as in percentile:99.99 (of values, both ends), kl, mse, ema:W as in ema:0.99, one, one:MIN:MAX \
(percentiles of the records' extremes), moving-average:RECORDS:C, running or exponential";

impl Mode {
    /// Whether records are always run in sequence for it ([`super::Pass::sequence`]).
    pub fn in_sequence(self) -> bool {
        matches!(self, Self::Running | Self::Exponential)
    }

    /// Whether records can be run in sequence for it: ONE's own see each tensor once a record.
    pub fn can_be_in_sequence(self) -> bool {
        !matches!(self, Self::Percentile { .. } | Self::MovingAverage { .. })
    }

    /// Whether it needs the extremes of all values before it looks at any: it sees the records twice.
    pub fn needs_edges(self) -> bool {
        matches!(self, Self::Entropy | Self::SquaredError)
    }

    /// Whether its range is the best one for 256 levels, and not for more.
    pub fn is_of_eight_bits(self) -> bool {
        self.needs_edges()
    }

    /// Refuses percentiles beyond 0…100, an empty batch, and weights beyond 0…1.
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
            Self::Ema { weight } if !(0.0..=1.0).contains(&weight) => {
                wrong(format!("weight {weight}"), "give a weight in 0…1")
            }
            Self::Values { percentile } if !(50.0..=100.0).contains(&percentile) => wrong(
                format!("percentile {percentile} of values"),
                "give a percentile in 50…100; 100 minus it is cut off at either end",
            ),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::MinMax => f.write_str("minmax"),
            Self::Percentile { min, max } => write!(f, "one:{min}:{max}"),
            Self::MovingAverage { batch, constant } => write!(f, "moving-average:{batch}:{constant}"),
            Self::Running => f.write_str("running"),
            Self::Exponential => f.write_str("exponential"),
            Self::Ema { weight } => write!(f, "ema:{weight}"),
            Self::Values { percentile } => write!(f, "percentile:{percentile}"),
            Self::Entropy => f.write_str("kl"),
            Self::SquaredError => f.write_str("mse"),
        }
    }
}

impl FromStr for Mode {
    type Err = String;

    fn from_str(text: &str) -> std::result::Result<Self, String> {
        fn number<T: FromStr>(text: &str) -> std::result::Result<T, String> {
            text.parse()
                .map_err(|_| format!("`{text}` is no number that goes here"))
        }
        let words: Vec<&str> = text.split(':').collect();
        let mode = match words.as_slice() {
            ["minmax"] => Self::MinMax,
            ["running"] => Self::Running,
            ["exponential"] => Self::Exponential,
            ["kl" | "entropy"] => Self::Entropy,
            ["mse"] => Self::SquaredError,
            ["one"] => Self::default(),
            ["one", min, max] => Self::Percentile {
                min: number(min)?,
                max: number(max)?,
            },
            ["moving-average", batch, constant] => Self::MovingAverage {
                batch: number(batch)?,
                constant: number(constant)?,
            },
            ["ema", weight] => Self::Ema {
                weight: number(weight)?,
            },
            ["percentile", percentile] => Self::Values {
                percentile: number(percentile)?,
            },
            _ => return Err(format!("observers are {WORDS}")),
        };
        mode.check().map_err(|error| error.to_string())?;
        match mode {
            Self::Percentile { min, max } if min > max => {
                Err("the minimum's percentile is above the maximum's; write one:1:99".to_owned())
            }
            _ => Ok(mode),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_come_back() {
        let words = [
            "minmax",
            "one:1:99",
            "one:0.1:99.9",
            "moving-average:16:0.1",
            "running",
            "exponential",
            "ema:0.99",
            "percentile:99.99",
            "kl",
            "mse",
        ];
        for word in words {
            let mode: Mode = word.parse().unwrap();
            assert_eq!(mode.to_string(), word);
        }
        assert_eq!("one".parse(), Ok(Mode::default()));
    }

    #[test]
    fn what_is_no_observer_is_refused() {
        for wrong in [
            "",
            "percentile",
            "percentile:49",
            "percentile:100.1",
            "percentile:nan",
            "ema",
            "ema:1.5",
            "ema:-1",
            "one:9",
            "one:99:1",
            "one:-1:99",
            "moving-average:0:0.1",
            "moving-average:1:2",
            "kl:2",
            "mse:8",
            "min",
            "ema:0.9:1",
        ] {
            assert!(wrong.parse::<Mode>().is_err(), "{wrong}");
        }
    }
}
