//! Buffers: what tensors and metadata keep their bytes in.

use super::Content;

/// Index of a buffer in its model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BufferId(pub usize);

/// Bytes that tensors and metadata refer to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Buffer {
    /// The bytes; `None` when the file gives none (as opposed to an empty list).
    pub data: Option<Content>,
    /// Whether the file keeps them beyond the FlatBuffer.
    pub external: bool,
}
