//! Limits on what a graph may ask for, each with the reason for its size.

/// Bytes of all constants of a lowered graph, those that are computed among them, 2 GiB: a model's file addresses no more.
#[cfg(not(fuzzing))]
pub const MAX_CONSTANT_BYTES: usize = 1 << 31;
/// The same under a fuzzer.
#[cfg(fuzzing)]
pub const MAX_CONSTANT_BYTES: usize = 1 << 22;
