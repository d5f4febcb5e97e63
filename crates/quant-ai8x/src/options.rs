//! What can be asked for.

use crate::bits::Bits;
use crate::config::Network;
use crate::device::Device;

/// How the factor of a layer comes from its weights, where training did not quantize.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Clip {
    /// The larger of the means of the channels' minima and maxima, by size.
    AvgMax,
    /// The largest weight, by size.
    Max,
    /// So many standard deviations around the mean.
    StdDev(f64),
    /// A constant.
    Scale(f64),
}

impl Clip {
    /// The constant of [`Clip::Scale`] when nobody gives one.
    pub const DEFAULT_SCALE: f64 = 0.85;
    /// The deviations of [`Clip::StdDev`] when nobody gives them.
    pub const DEFAULT_STDDEV: f64 = 2.0;

    /// The name in the command line and in the checkpoint.
    pub fn name(self) -> &'static str {
        match self {
            Self::AvgMax => "AVGMAX",
            Self::Max => "MAX",
            Self::StdDev(_) => "STDDEV",
            Self::Scale(_) => "SCALE",
        }
    }
}

/// What becomes of a batch normalization, which no device has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BatchNorm {
    /// It is an error.
    Refuse,
    /// It is fused into its layer first, as ai8x-training's `batchnormfuser.py` does.
    Fuse,
}

/// The settings of a run.
#[derive(Clone, Debug)]
pub struct Options {
    /// The device.
    pub device: Device,
    /// Bits by layer, from a configuration.
    pub network: Option<Network>,
    /// The rule for factors; `None` for checkpoints of quantization-aware training.
    pub clip: Option<Clip>,
    /// Bits where neither configuration nor checkpoint says anything.
    pub weight_bits: Option<Bits>,
    /// The rule of older checkpoints: the shift is `ceil(log2(1 / max))`.
    pub legacy_shift: bool,
    /// What to do with batch normalizations.
    pub batch_norm: BatchNorm,
    /// Do as the original where that is wrong, with a warning: quantize normalizations as layers, unless they are fused,
    /// and quantized checkpoints again.
    pub compat: bool,
    /// Compute what `-v` shows.
    pub statistics: bool,
}

impl Options {
    /// The defaults of the original.
    pub fn new(device: Device) -> Self {
        Self {
            device,
            network: None,
            clip: None,
            weight_bits: None,
            legacy_shift: false,
            batch_norm: BatchNorm::Refuse,
            compat: false,
            statistics: false,
        }
    }
}
