//! Limits on what comes from outside, each with the reason for its size.

/// Pixels of a picture, 2²⁶: 67 megapixels, 200 MB in colour. Pillow warns at 89.
#[cfg(not(fuzzing))]
pub const MAX_PIXELS: usize = 1 << 26;
/// The same under a fuzzer, which wants thousands of runs a second.
#[cfg(fuzzing)]
pub const MAX_PIXELS: usize = 1 << 16;
/// Pixels along a side that a picture is resized to.
pub const MAX_SIDE: usize = 1 << 16;
/// Bytes of a picture's file, 256 MiB.
pub const MAX_FILE_BYTES: u64 = 1 << 28;
/// Bytes of one TFRecord, 1 GiB: TensorFlow's own messages end at 2 GiB.
pub const MAX_RECORD_BYTES: u64 = 1 << 30;
