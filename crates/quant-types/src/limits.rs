//! Limits on texts that come from outside.

/// Dimensions of a list of numbers in golden JSON, the rank that a tensor may have.
pub const MAX_RANK: usize = 16;
