//! Limits on what comes from outside, each with the reason for its size.

/// Largest file, 4 GiB: beyond it a zip archive needs its 64-bit form.
pub const MAX_FILE_BYTES: u64 = u32::MAX as u64;
/// Entries of a zip archive: beyond it the count needs the 64-bit form.
pub const MAX_ENTRIES: usize = 65_534;
/// Bytes of a name in a zip archive; torch's own are some 30 bytes long.
pub const MAX_NAME_BYTES: usize = 1024;
/// Bytes of one pickle. A tensor takes some 200 bytes, so this is room for 300,000 of them.
pub const MAX_PICKLE_BYTES: u64 = 1 << 26;
/// Objects that one pickle builds. A tensor takes about ten.
pub const MAX_OBJECTS: usize = 1 << 22;
/// Objects that a pickle remembers for later.
pub const MAX_MEMO: usize = 1 << 22;
/// Nesting of objects; Python's own pickler gives up at about 1,000.
pub const MAX_DEPTH: usize = 500;
/// Bytes of an integer: 2,048 bits.
pub const MAX_LONG_BYTES: usize = 256;
/// Bytes of the name of a module or class.
pub const MAX_GLOBAL_BYTES: usize = 1024;
/// Dimensions of a tensor; torch itself stops at 64.
pub const MAX_RANK: usize = 64;
/// Elements of a tensor: 2²⁸ floats are 1 GiB. A view may repeat a short storage, so its file's size is no bound.
pub const MAX_ELEMENTS: usize = 1 << 28;
