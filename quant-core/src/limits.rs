//! Limits on what comes from outside, each with the reason for its size.

/// Largest file, 16 GiB: buffers beyond the FlatBuffer may take more than its 2 GiB.
pub const MAX_FILE_BYTES: usize = 1 << 34;
/// Tables that the verifier follows in one file; a network of a million operators has a few million.
pub const MAX_TABLES: usize = 1 << 24;
/// Nesting of tables; the schema itself nests six deep.
pub const MAX_DEPTH: usize = 64;
/// Bytes that a file may seem to have through shared parts, as a multiple the verifier allows.
pub const MAX_APPARENT_BYTES: usize = 1 << 36;
/// Dimensions of a tensor.
pub const MAX_RANK: usize = 16;
/// Elements of an activation: 2²⁹ floats are 2 GiB.
pub const MAX_ELEMENTS: usize = 1 << 29;
/// A FlatBuffer addresses with 31 bits; from here on, exported buffers move beyond it.
pub const MAX_FLATBUFFER_BYTES: usize = (1 << 31) - (1 << 24);
/// Graphs that call each other in depth; converters nest a few, and each takes some of the stack.
pub const MAX_CALLS: usize = 64;
/// Iterations of all loops in one run; a model that counts to a million of steps takes hours elsewhere.
pub const MAX_ITERATIONS: usize = 1 << 20;
