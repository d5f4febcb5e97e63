//! One word of an axis of the list, whoever's it is.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use std::fmt;
use std::str::FromStr;

use crate::{Granularity, QuantType};

/// A word of an axis of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Word(&'static str);

impl Word {
    /// It as it stands in lists and folders.
    pub const fn new(word: &'static str) -> Self {
        Self(word)
    }

    /// It as it stands in lists and folders.
    pub const fn word(self) -> &'static str {
        self.0
    }

    /// The word of a granularity.
    pub const fn of_granularity(granularity: Granularity) -> Self {
        Self(granularity.word())
    }

    /// The word of a type.
    pub const fn of_type(dtype: QuantType) -> Self {
        Self(dtype.word())
    }

    /// What it means here; `None` for a word of somebody's own.
    pub fn known<K: FromStr>(self) -> Option<K> {
        self.0.parse().ok()
    }
}

impl fmt::Display for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.0)
    }
}
