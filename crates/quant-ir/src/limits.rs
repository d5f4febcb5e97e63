//! Limits on what comes from outside, each with the reason for its size. Those of texts (recipes, lists,
//! configurations, goldens) stand in `quant_case::limits`, those of checkpoints in `quant_torch::limits`.

use crate::error::{Error, Place, Problem, Result};

/// Largest file, 16 GiB: buffers beyond the FlatBuffer may take more than its 2 GiB.
pub const MAX_FILE_BYTES: usize = 1 << 34;
/// Bytes of a model that is no file but a pipe or a device, 2 GiB: all of them are kept in memory.
pub const MAX_STREAM_BYTES: u64 = 1 << 31;
/// Tables that the verifier follows in one file; a network of a million operators has a few million.
pub const MAX_TABLES: usize = 1 << 24;
/// Nesting of tables; the schema itself nests six deep.
pub const MAX_DEPTH: usize = 64;
/// Bytes that a file may seem to have, as a multiple of those that it has: parts that several tables share count again
/// for each. Writers share the descriptions of tables and equal strings; real files stay below 2.
pub const MAX_SHARING: usize = 8;
/// Bytes that any file may seem to have; a small one consists of shared descriptions of tables.
pub const MIN_APPARENT_BYTES: usize = 1 << 16;
/// Graphs of a file; a converter makes one for each body, condition and signature.
pub const MAX_SUBGRAPHS: usize = 1 << 12;
/// Tensors of all graphs of a file.
pub const MAX_TENSORS: usize = 1 << 20;
/// Operators of all graphs of a file; unrolled transformers have some ten thousand.
pub const MAX_OPERATORS: usize = 1 << 18;
/// Operator codes of a file; there are some 200, and a custom operator needs one for each name and version.
pub const MAX_OPERATOR_CODES: usize = 1 << 16;
/// Buffers of a file: one for each constant, and those of metadata.
pub const MAX_BUFFERS: usize = 1 << 21;
/// Dimensions of a tensor.
pub const MAX_RANK: usize = 16;
/// Elements of an activation: 2²⁹ floats are 2 GiB.
#[cfg(not(fuzzing))]
pub const MAX_ELEMENTS: usize = 1 << 29;
/// The same under a fuzzer, which wants thousands of runs a second.
#[cfg(fuzzing)]
pub const MAX_ELEMENTS: usize = 1 << 14;
/// Elements of all activations of a graph that live at once, and of all its constants: 2³¹ floats are 8 GiB.
#[cfg(not(fuzzing))]
pub const MAX_LIVE_ELEMENTS: usize = 1 << 31;
/// The same under a fuzzer.
#[cfg(fuzzing)]
pub const MAX_LIVE_ELEMENTS: usize = 1 << 18;
/// A FlatBuffer addresses with 31 bits; from here on, exported buffers move beyond it.
pub const MAX_FLATBUFFER_BYTES: usize = (1 << 31) - (1 << 24);
/// Graphs that call each other in depth; converters nest a few, and each takes some of the stack.
pub const MAX_CALLS: usize = 64;
/// Iterations of all loops in one run; a model that counts to a million of steps takes hours elsewhere.
pub const MAX_ITERATIONS: usize = 1 << 20;

/// Refuses more than `most` of something.
///
/// # Errors
/// `Limit`: there are more.
pub fn at_most(most: usize, found: usize, place: impl Into<Place>, what: &str) -> Result<()> {
    if found <= most {
        return Ok(());
    }
    let problem = Problem::TooMany {
        what: what.to_owned(),
        found: found as u64,
        limit: most as u64,
    };
    Err(Error::new(place, problem, format!("at most {most} are read")))
}
