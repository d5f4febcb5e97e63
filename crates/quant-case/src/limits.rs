//! Limits on texts that come from outside, each with the reason for its size.

/// Elements of all operands of a recipe together, 16 million: recipes describe small models, and a filler of one line
/// makes as many elements as a shape asks for.
#[cfg(not(fuzzing))]
pub const MAX_RECIPE_ELEMENTS: usize = 1 << 24;
/// The same under a fuzzer, which wants thousands of runs a second.
#[cfg(fuzzing)]
pub const MAX_RECIPE_ELEMENTS: usize = 1 << 14;
/// Nesting of messages in a recipe; the format itself nests three deep.
pub const MAX_MESSAGE_DEPTH: u32 = 32;
/// Bytes of a text that is read as a whole: a list, a recipe, a configuration, a golden, a record. A golden of 16
/// million numbers takes about 300 MB.
pub const MAX_TEXT_BYTES: u64 = 1 << 30;
/// Characters of a model's name in a list: it names folders, which file systems end at 255 bytes.
pub const MAX_MODEL_NAME: usize = 200;
/// Rows that one line of a list stands for, with its braces and stars: a list of 10,000 tests is a long one.
#[cfg(not(fuzzing))]
pub const MAX_MATRIX_ROWS: usize = 100_000;
/// The same under a fuzzer.
#[cfg(fuzzing)]
pub const MAX_MATRIX_ROWS: usize = 100;
/// Rows of a list, with all that its lines stand for.
#[cfg(not(fuzzing))]
pub const MAX_LIST_ROWS: usize = 1_000_000;
/// The same under a fuzzer.
#[cfg(fuzzing)]
pub const MAX_LIST_ROWS: usize = 1000;
/// Bytes of a model file that a list names, 256 MiB: it is read by each build that follows a change of the trees.
pub const MAX_MODEL_BYTES: u64 = 1 << 28;
/// Tensors and operators of a model file that are looked at, together.
pub const MAX_MODEL_PARTS: usize = 1 << 20;
