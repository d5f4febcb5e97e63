//! The family as a value: its flags.

use std::sync::Arc;

use quant_types::{Granularity, QuantType};

use crate::config::Config;
use crate::scheme::{Decisions, Selector, Unruled};

/// ONE's circle-quantizer: asymmetric uint8 and symmetric int16.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is a wish of its own")]
pub struct One {
    /// Whether recorded ranges stay in the quantized model (`--save_min_max`).
    pub save_min_max: bool,
    /// Whether a bias that overflows its type is clipped to it, in place of an error.
    pub saturate_bias: bool,
    /// Whether MaxPool2D's output takes its input's parameters, as TensorFlow has it (`--TF-style_maxpool`).
    pub tf_style_maxpool: bool,
    /// Whether activations around operators that LiteRT computes rightly in one scale alone get one (see
    /// [`crate::runtime::litert`]).
    pub same_scale: bool,
    /// What happens to operators that no rule covers: without a word they stay float.
    pub unruled: Unruled,
    /// Other operators that stay float.
    pub float: Vec<Selector>,
    /// Padding of this or less stands for "no value", as the lowest float does: PadV2's output keeps the parameters of its
    /// input, and the padding is the lowest integer. Ranges that leave such values out are recorded with
    /// [`crate::record::RecordOptions::lowest`].
    pub lowest: Option<f32>,
}

impl Default for One {
    /// No flags; operators without a rule stay float.
    fn default() -> Self {
        Self {
            save_min_max: false,
            saturate_bias: false,
            tf_style_maxpool: false,
            same_scale: false,
            unruled: Unruled::Float,
            float: Vec::new(),
            lowest: None,
        }
    }
}

impl One {
    /// One setting for the whole model, with these flags.
    pub fn config(self, dtype: QuantType, granularity: Granularity) -> Config {
        let setting = self.setting(dtype, granularity);
        Config::of(Arc::new(self), setting)
    }
}
