//! Buffers: what tensors and metadata keep their bytes in.

use super::Content;

/// Index of a buffer in its model, which alone makes them. The default is buffer 0, which stands for none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct BufferId(pub(crate) usize);

impl BufferId {
    /// The index.
    pub fn index(self) -> usize {
        self.0
    }
}

/// Bytes that tensors and metadata refer to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Buffer {
    /// The bytes; `None` when the file gives none (as opposed to an empty list).
    pub data: Option<Content>,
    /// Whether the file keeps them beyond the FlatBuffer.
    pub external: bool,
}

/// What a constant of that buffer holds, among the buffers of its model.
pub fn content(buffers: &[Buffer], id: BufferId) -> Option<&Content> {
    if id.0 == 0 {
        return None;
    }
    let data = buffers.get(id.0)?.data.as_ref()?;
    (!data.is_empty()).then_some(data)
}
