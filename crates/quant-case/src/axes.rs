//! The axes along which tests are named: stages; of checkpoints, device and method.

use std::fmt;

use quant_types::words;

/// A stage of the pipeline whose result is compared with goldens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Stage {
    /// Weights quantized and dequantized again.
    FakeQuantization,
    /// Minimum and maximum of every float activation over the recorded inputs.
    RecordMinmax,
    /// The quantized model.
    Quantization,
    /// The model with quantized weights and float activations.
    WoQuantization,
    /// Minimum and maximum as TensorFlow Lite's and ai-edge-quantizer's calibrators keep them.
    Calibration,
    /// The float model as remedies leave it.
    Remedies,
    /// A stage that a package has declared ([`crate::words::Words`]), by its word.
    Own(&'static str),
}

/// A device that files are quantized for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Device {
    /// MAX78000.
    Max78000,
    /// MAX78002.
    Max78002,
    /// Ascend processors, by AMCT's flows.
    Ascend,
}

/// How a file's factors come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// By quantization-aware training: powers of two; in AMCT's graphs, those of FakeQuant nodes.
    Qat,
    /// The mean of the rows' extremes.
    Avgmax,
    /// The largest weight.
    Max,
    /// Two standard deviations around the mean.
    Stddev,
    /// The constant 0.85.
    Scale,
    /// By calibration (AMCT).
    Calibrate,
    /// From a record (AMCT).
    Convert,
}

impl Device {
    /// Whether files for it are graphs of AMCT, not checkpoints.
    pub const fn is_ascend(self) -> bool {
        matches!(self, Self::Ascend)
    }
}

impl Method {
    /// Whether it is a flow of AMCT alone.
    pub const fn of_graphs(self) -> bool {
        matches!(self, Self::Calibrate | Self::Convert)
    }
}

impl Stage {
    /// Every stage of ONE, in the order in which folders and tests list them.
    pub const ALL: &'static [Self] = &[
        Self::FakeQuantization,
        Self::RecordMinmax,
        Self::Quantization,
        Self::WoQuantization,
    ];

    /// The word used in folders and names of tests.
    pub const fn word(self) -> &'static str {
        match self {
            Self::FakeQuantization => "fake_quantization",
            Self::RecordMinmax => "record_minmax",
            Self::Quantization => "quantization",
            Self::WoQuantization => "wo_quantization",
            Self::Calibration => "calibration",
            Self::Remedies => "remedies",
            Self::Own(word) => word,
        }
    }

    /// The stage of a word of an addTest; one that is not known is somebody's own.
    pub fn of(word: &'static str) -> Self {
        let known = Self::ALL.iter().find(|stage| stage.word() == word);
        known.copied().unwrap_or(Self::Own(word))
    }
}

impl fmt::Display for Stage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

words!(Device { Max78000 = "max78000", Max78002 = "max78002", Ascend = "ascend" });
words!(Method {
    Qat = "qat", Avgmax = "avgmax", Max = "max", Stddev = "stddev", Scale = "scale", Calibrate = "calibrate", Convert = "convert"
});
