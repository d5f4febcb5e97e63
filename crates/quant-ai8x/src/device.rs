//! The devices.

use std::fmt;
use std::str::FromStr;

/// A device, by its part number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Device {
    /// MAX78000, die type AI85.
    Max78000,
    /// MAX78002, die type AI87.
    Max78002,
    /// Arm's CMSIS-NN library, without one of the accelerators.
    CmsisNn,
}

impl Device {
    /// Layers that a network may have.
    pub fn max_layers(self) -> usize {
        match self {
            Self::Max78000 => 32,
            Self::Max78002 => 128,
            Self::CmsisNn => 256,
        }
    }

    /// Whether layers are given to processors.
    pub(crate) fn has_processors(self) -> bool {
        self != Self::CmsisNn
    }
}

impl fmt::Display for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Max78000 => "MAX78000",
            Self::Max78002 => "MAX78002",
            Self::CmsisNn => "CMSIS-NN",
        })
    }
}

impl FromStr for Device {
    type Err = String;

    /// `MAX78000`, `78000`, `AI85` and `85` are one device, in upper or lower case; so are `MAX85` and `AI78000`,
    /// as in the original.
    fn from_str(text: &str) -> Result<Self, String> {
        let lower = text.to_lowercase();
        if lower == "cmsis-nn" {
            return Ok(Self::CmsisNn);
        }
        let number = lower
            .strip_prefix("max")
            .or(lower.strip_prefix("ai"))
            .unwrap_or(&lower);
        match number.trim().parse() {
            Ok(85 | 78000) => Ok(Self::Max78000),
            Ok(87 | 78002) => Ok(Self::Max78002),
            _ => Err(format!(
                "`{text}` is not a supported device; use MAX78000, MAX78002 or CMSIS-NN"
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings() {
        for (text, device) in [
            ("MAX78000", Device::Max78000),
            ("max78002", Device::Max78002),
            ("AI85", Device::Max78000),
            ("ai87", Device::Max78002),
            ("85", Device::Max78000),
            ("78002", Device::Max78002),
            ("MAX87", Device::Max78002),
            ("CMSIS-NN", Device::CmsisNn),
        ] {
            assert_eq!(text.parse(), Ok(device), "{text}");
        }
        for text in ["", "AI84", "MAX78001", "maxai85", "CMSISNN", "max"] {
            assert!(text.parse::<Device>().is_err(), "{text}");
        }
    }
}
