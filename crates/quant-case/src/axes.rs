//! The axes along which tests are named: stages; of checkpoints, device and method.

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
}

/// A device that checkpoints are quantized for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Device {
    /// MAX78000.
    Max78000,
    /// MAX78002.
    Max78002,
}

/// How a checkpoint's factors come about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Method {
    /// By quantization-aware training: powers of two.
    Qat,
    /// The mean of the rows' extremes.
    Avgmax,
    /// The largest weight.
    Max,
    /// Two standard deviations around the mean.
    Stddev,
    /// The constant 0.85.
    Scale,
}

words!(Stage {
    FakeQuantization = "fake_quantization",
    RecordMinmax = "record_minmax",
    Quantization = "quantization",
    WoQuantization = "wo_quantization",
});
words!(Device { Max78000 = "max78000", Max78002 = "max78002" });
words!(Method { Qat = "qat", Avgmax = "avgmax", Max = "max", Stddev = "stddev", Scale = "scale" });
