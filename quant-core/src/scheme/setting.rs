//! What the tensors of an operator become: activations, weights and bias, each with an encoding of its own.
//!
//! Settings are data with a text form: `activations int16-symmetric-tensor, weights int8-symmetric-channel, bias
//! int64-symmetric-channel` is what TensorFlow Lite calls 16x8. Which of them a family of quantizers has is its own
//! business ([`super::Decisions::check`]).

mod encoding;
mod no_setting;

use std::fmt;
use std::str::FromStr;

pub use encoding::{Encoding, Per};
pub use no_setting::NoSetting;

/// What an operator's tensors become.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Setting {
    /// What it computes, and reads from other operators.
    pub activations: Encoding,
    /// Its constant weights.
    pub weights: Encoding,
    /// What it adds to the sums: scale of the input times scale of the weights.
    pub bias: Encoding,
}

impl Setting {
    /// All tensors stay floats.
    pub const FLOAT32: Self = Self::weights(Encoding::FLOAT32);

    /// Weights alone are encoded; all else stays float.
    pub const fn weights(weights: Encoding) -> Self {
        Self {
            activations: Encoding::FLOAT32,
            weights,
            bias: Encoding::FLOAT32,
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            activations,
            weights,
            bias,
        } = self;
        write!(f, "activations {activations}, weights {weights}, bias {bias}")
    }
}

impl FromStr for Setting {
    type Err = NoSetting;

    fn from_str(text: &str) -> Result<Self, NoSetting> {
        let mut setting = Self::FLOAT32;
        let mut named = [false; 3];
        for part in text.split(',') {
            let (what, encoding) = part.trim().split_once(' ').unwrap_or_default();
            let (field, at) = match what {
                "activations" => (&mut setting.activations, 0),
                "weights" => (&mut setting.weights, 1),
                "bias" => (&mut setting.bias, 2),
                _ => {
                    return Err(NoSetting(format!(
                        "`{part}` is none of activations, weights and bias with an encoding"
                    )));
                }
            };
            if std::mem::replace(&mut named[at], true) {
                return Err(NoSetting(format!("`{what}` is given twice; give it once")));
            }
            *field = encoding.trim().parse()?;
        }
        Ok(setting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_of_the_field_can_be_said_and_read_back() {
        let rows = [
            "activations int16-symmetric-tensor, weights int8-symmetric-channel, bias int64-symmetric-channel",
            "activations int8-asymmetric-tensor, weights int4-symmetric-channel, bias int32-symmetric-channel",
            "activations float32, weights int4-symmetric-block32, bias float32",
            "activations float32, weights float16, bias float32",
            "activations uint8-asymmetric-tensor, weights uint8-asymmetric-tensor, bias int32-symmetric-tensor",
        ];
        for text in rows {
            assert_eq!(text.parse::<Setting>().unwrap().to_string(), text);
        }
        // What is not named stays float.
        assert_eq!("bias float32".parse(), Ok(Setting::FLOAT32));
    }

    #[test]
    fn what_is_no_setting_is_told() {
        let rows = [
            ("int9-symmetric-tensor", "its type is unknown"),
            ("bool-symmetric-tensor", "its type has no scales"),
            ("float32-symmetric-tensor", "its type has no scales"),
            ("int8", "symmetry and granularity are missing"),
            ("int8-odd-tensor", "neither symmetric nor asymmetric"),
            ("int8-symmetric-row", "none of tensor, channel and blockN"),
            ("int8-symmetric-block0", "its block has no size"),
            ("int8-symmetric-tensor-x", "too many words"),
        ];
        for (text, wanted) in rows {
            let error = text.parse::<Encoding>().unwrap_err().to_string();
            assert!(error.contains(wanted), "{text}: {error}");
        }
        for (text, wanted) in [
            ("int8", "is none of activations"),
            ("bias float32, bias float32", "given twice"),
        ] {
            let error = text.parse::<Setting>().unwrap_err().to_string();
            assert!(error.contains(wanted), "{text}: {error}");
        }
    }
}
