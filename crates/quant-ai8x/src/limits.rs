//! Limits on what comes from outside, each with the reason for its size.

/// Bytes of a YAML configuration; the longest in use has some 20,000.
pub const MAX_YAML_BYTES: usize = 1 << 20;
/// Nesting of a YAML configuration; it needs four.
pub const MAX_YAML_DEPTH: usize = 32;
/// Bits of a weight: beyond 16, floats no longer hold every integer after the factor.
pub const MAX_BITS: i64 = 16;
