//! Where bytes of a file go that stand behind its tables.

use crate::Content;

/// Multiple at which the bytes of a buffer begin (`force_align: 16` of the schema).
pub const ALIGN: usize = 16;

/// Bytes that the model lends.
#[derive(Clone, Copy)]
pub enum Data<'m> {
    Content(&'m Content),
    Bytes(&'m [u8]),
}

impl Data<'_> {
    /// Bytes in the file.
    pub fn len(self) -> u64 {
        match self {
            Self::Content(content) => content.len() as u64,
            Self::Bytes(bytes) => bytes.len() as u64,
        }
    }
}

/// What a pass over the model finds: where vectors belong that stand behind the tables, and what stands behind
/// the FlatBuffer.
#[derive(Default)]
pub struct Layout<'m> {
    /// Vectors of bytes, each with the distance of the field that names it from the end of the tables.
    pub vectors: Vec<(usize, Data<'m>)>,
    /// Bytes beyond the FlatBuffer.
    pub externals: Vec<Data<'m>>,
    /// Where the next of them goes; a placeholder in the first pass.
    next: u64,
}

impl<'m> Layout<'m> {
    /// Notes bytes that stand beyond the FlatBuffer, and returns their offset and size in the file.
    pub fn external(&mut self, data: Data<'m>) -> (u64, u64) {
        let at = self.next;
        self.next += data.len().next_multiple_of(ALIGN as u64);
        self.externals.push(data);
        (at, data.len())
    }

    /// A pass whose FlatBuffer has this length.
    pub fn behind(length: u64) -> Self {
        Self {
            next: length.next_multiple_of(ALIGN as u64),
            ..Self::default()
        }
    }
}
