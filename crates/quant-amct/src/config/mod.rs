//! What is quantized, and how: AMCT's `config.json`, and the short form `.cfg` that one is made of.

mod check;
mod create;
mod read;
mod sampler;
mod simple;
mod write;

use std::collections::BTreeMap;

pub use create::{Arguments, create};
pub use sampler::{Distribution, Sampler, read_sampler};
pub use simple::{Calibration, Simple, read_simple};

/// A configuration, as `config.json` holds it.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Batches that calibrate.
    pub batch_num: u64,
    /// Whether activations have an offset, where a layer does not say.
    pub activation_offset: bool,
    /// Kept as it is read; a calibration refuses it.
    pub joint_quant: bool,
    /// Whether batch normalizations are folded.
    pub do_fusion: bool,
    /// `FORCE_FP16_QUANT`, when it is set.
    pub fakequant_precision_mode: Option<String>,
    /// Layers whose batch normalization is not folded.
    pub skip_fusion_layers: Vec<String>,
    /// Inputs that are quantized by themselves.
    pub tensor_quantize: Vec<TensorQuantize>,
    /// The layers by name, which is their order in the file.
    pub layers: BTreeMap<String, LayerConfig>,
}

/// An input that is quantized and dequantized in front of a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct TensorQuantize {
    /// The layer.
    pub layer_name: String,
    /// Which of its inputs.
    pub input_index: u64,
    /// How its range is found.
    pub activation: Activation,
}

/// A layer's part of a configuration.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerConfig {
    /// Whether it is quantized.
    pub quant_enable: bool,
    /// Its input.
    pub activation: Activation,
    /// One scale for each output channel of the weights.
    pub channel_wise: bool,
}

/// How the range of an activation is found.
#[derive(Clone, Debug, PartialEq)]
pub struct Activation {
    /// With an offset; `None` where an old file does not say, which means `activation_offset`.
    pub asymmetric: Option<bool>,
    /// The search.
    pub algorithm: Algorithm,
}

/// A search for a range.
#[derive(Clone, Debug, PartialEq)]
pub enum Algorithm {
    /// `ifmr`.
    Ifmr {
        /// In (0.5, 1].
        max_percentile: f64,
        /// In (0.5, 1].
        min_percentile: f64,
        /// First factor, and end of factors.
        search_range: (f64, f64),
        /// Distance of factors.
        search_step: f64,
    },
    /// `hfmg`.
    Hfmg {
        /// 1024, 2048, 4096 or 8192.
        num_of_bins: u64,
    },
}

impl Algorithm {
    /// IFMR with its defaults.
    pub const IFMR: Self = Self::Ifmr {
        max_percentile: 0.999_999,
        min_percentile: 0.999_999,
        search_range: (0.7, 1.3),
        search_step: 0.01,
    };

    /// HFMG with its default.
    pub const HFMG: Self = Self::Hfmg { num_of_bins: 4096 };
}

/// The precision mode that is known.
pub const FORCE_FP16_QUANT: &str = "FORCE_FP16_QUANT";

impl Config {
    /// Whether a layer's activations have an offset.
    pub fn asymmetric(&self, activation: &Activation) -> bool {
        activation.asymmetric.unwrap_or(self.activation_offset)
    }

    /// Whether a layer is quantized; one that the configuration does not name is not.
    pub fn enabled(&self, layer: &str) -> bool {
        self.layers.get(layer).is_some_and(|layer| layer.quant_enable)
    }
}
