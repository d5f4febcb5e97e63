//! How weights are quantized, in one word each: granularity and type.

use std::fmt;

/// How many scales a weight tensor has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Granularity {
    /// One scale and zero point for the whole tensor (`layer`).
    Layer,
    /// One scale and zero point for each output channel (`channel`).
    Channel,
}

/// The integer type that values are quantized to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum QuantType {
    /// Asymmetric, 0…255.
    Uint8,
    /// Symmetric, −32767…32767.
    Int16,
    /// Symmetric, −127…127; weights only.
    Int8,
    /// Symmetric, −7…7; weights only.
    Int4,
}

/// A word that is none of the words of its axis.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownWord {
    /// The word found.
    pub found: String,
    /// The words that are allowed.
    pub allowed: &'static [&'static str],
}

impl fmt::Display for UnknownWord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}` is none of {}", self.found, self.allowed.join(", "))
    }
}

impl std::error::Error for UnknownWord {}

/// An axis: an enum whose values have words.
#[doc(hidden)]
#[macro_export]
macro_rules! words {
    ($axis:ident { $($variant:ident = $word:literal),+ $(,)? }) => {
        impl $axis {
            /// Every value, in the order in which folders and tests list them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word used in lists, folders and flags.
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $axis {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.word())
            }
        }

        impl std::str::FromStr for $axis {
            type Err = $crate::UnknownWord;

            fn from_str(word: &str) -> Result<Self, $crate::UnknownWord> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err($crate::UnknownWord { found: word.to_owned(), allowed: &[$($word),+] }),
                }
            }
        }
    };
}

words!(Granularity { Layer = "layer", Channel = "channel" });
words!(QuantType { Uint8 = "uint8", Int16 = "int16", Int8 = "int8", Int4 = "int4" });
