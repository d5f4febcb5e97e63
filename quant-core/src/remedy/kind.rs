//! Which remedies there are, and what they work with.

use std::fmt;
use std::str::FromStr;

use quant_ir::error::{Error, Problem, Result};

use crate::record::Records;

/// A pass that wins accuracy back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Remedy {
    /// Cross-layer equalization: what leaves a layer is divided, and what reads it multiplied, so that the channels of both have
    /// like ranges.
    Equalization,
    /// The same with powers of two alone, which change no bit of what the float model computes.
    EqualizationByPowers,
    /// Bias absorption: what lies above 0 goes into the next bias.
    BiasAbsorption,
    /// Ranges of weights with the least squared error.
    WeightMse,
    /// Ranges of weights by OCTAV.
    Octav,
    /// GPTQ for FULLY_CONNECTED: columns make up for the errors of those before.
    Gptq,
    /// AdaRound: each weight up or down.
    AdaRound,
    /// Bias correction by the moments of activations.
    AnalyticBiasCorrection,
    /// Bias correction on records.
    BiasCorrection,
}

/// When a remedy works.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Before ranges are recorded: those of the changed model count.
    Before,
    /// Behind that, knowing what the scheme makes of the model: ranges stay those of the model that was recorded.
    After,
}

impl Remedy {
    /// All of them, in the order in which they work, whatever the order in which they are named.
    pub const ALL: &'static [Self] = &[
        Self::Equalization,
        Self::EqualizationByPowers,
        Self::BiasAbsorption,
        Self::WeightMse,
        Self::Octav,
        Self::Gptq,
        Self::AdaRound,
        Self::AnalyticBiasCorrection,
        Self::BiasCorrection,
    ];

    /// Its word, as `--remedies` takes it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Equalization => "cle",
            Self::EqualizationByPowers => "cle-pow2",
            Self::BiasAbsorption => "bias-absorption",
            Self::WeightMse => "weight-mse",
            Self::Octav => "octav",
            Self::Gptq => "gptq",
            Self::AdaRound => "adaround",
            Self::AnalyticBiasCorrection => "bias-correction-analytic",
            Self::BiasCorrection => "bias-correction",
        }
    }

    /// What it does, in a few words.
    pub fn does(self) -> &'static str {
        match self {
            Self::Equalization => "cross-layer equalization",
            Self::EqualizationByPowers => "cross-layer equalization by powers of two",
            Self::BiasAbsorption => "what lies above 0 goes into the next bias",
            Self::WeightMse => "weights clipped where the squared error is least",
            Self::Octav => "weights clipped by OCTAV",
            Self::Gptq => "weights of FULLY_CONNECTED rounded by GPTQ",
            Self::AdaRound => "weights rounded up or down so that layers make what they made (AdaRound)",
            Self::AnalyticBiasCorrection => "biases corrected by the moments of activations",
            Self::BiasCorrection => "biases corrected on records",
        }
    }

    /// When it works.
    pub fn stage(self) -> Stage {
        match self {
            Self::Equalization | Self::EqualizationByPowers | Self::BiasAbsorption => Stage::Before,
            _ => Stage::After,
        }
    }

    /// Whether it looks at records.
    pub fn needs_records(self) -> bool {
        !matches!(
            self,
            Self::Equalization | Self::EqualizationByPowers | Self::WeightMse | Self::Octav
        )
    }
}

impl fmt::Display for Remedy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Remedy {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self> {
        Self::ALL
            .iter()
            .copied()
            .find(|remedy| remedy.word() == word)
            .ok_or_else(|| {
                let words: Vec<&str> = Self::ALL.iter().map(|remedy| remedy.word()).collect();
                Error::new(
                    "remedies",
                    Problem::Option(format!("there is no `{word}`")),
                    format!("remedies are {}", words.join(", ")),
                )
            })
    }
}

/// Remedies in the order in which they work, each once.
///
/// # Errors
/// Two that choose the same thing.
pub fn ordered(remedies: impl IntoIterator<Item = Remedy>) -> Result<Vec<Remedy>> {
    let mut all: Vec<Remedy> = remedies.into_iter().collect();
    all.sort_unstable();
    all.dedup();
    for (one, other) in EITHER {
        if all.contains(one) && all.contains(other) {
            return Err(Error::new(
                "remedies",
                Problem::Conflict(format!("`{one}` and `{other}` choose the same")),
                "name one of them",
            ));
        }
    }
    Ok(all)
}

/// Remedies that choose the same.
const EITHER: &[(Remedy, Remedy)] = &[
    (Remedy::Equalization, Remedy::EqualizationByPowers),
    (Remedy::WeightMse, Remedy::Octav),
];

/// What remedies work with.
#[derive(Clone, Copy)]
pub struct Room<'a> {
    /// The data; without it, a few random records show that the float function is kept.
    pub records: Option<&'a dyn Records>,
    /// At most so many threads of the current rayon pool. The result does not depend on it.
    pub threads: usize,
}
