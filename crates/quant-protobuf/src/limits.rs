//! Limits on what a message may ask for, each with the reason for its size.

/// Bytes of a message, 2 GiB: what protobuf itself reads and writes.
pub const MAX_MESSAGE_BYTES: usize = (1 << 31) - 1;
/// Fields of a message and all that it holds. Each takes some 50 bytes of memory and two of a file; a graph of 100,000
/// nodes has a few million.
#[cfg(not(fuzzing))]
pub const MAX_FIELDS: usize = 1 << 23;
/// The same under a fuzzer.
#[cfg(fuzzing)]
pub const MAX_FIELDS: usize = 1 << 16;
/// Messages within messages: protobuf's own readers stop at 100, and a graph needs 12.
pub const MAX_DEPTH: usize = 64;
