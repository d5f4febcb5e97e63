//! What a remedy tells.

use std::fmt;

use super::difference::Difference;
use super::kind::Remedy;

/// What a remedy did.
#[derive(Clone, Debug)]
pub struct Done {
    /// Which one.
    pub remedy: Remedy,
    /// How many layers or pairs of layers it changed; 0 when it found nothing to do.
    pub changed: usize,
    /// What it did, or why nothing.
    pub what: String,
    /// How far the float outputs moved, where the remedy is to keep the float function.
    pub difference: Option<Difference>,
}

impl Done {
    /// Without a difference of float outputs.
    pub(super) fn new(remedy: Remedy, changed: usize, what: String) -> Self {
        Self {
            remedy,
            changed,
            what,
            difference: None,
        }
    }
}

impl fmt::Display for Done {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.remedy, self.what)?;
        match &self.difference {
            Some(difference) if self.changed > 0 => write!(f, "; {difference}"),
            _ => Ok(()),
        }
    }
}
