//! Bytes that stand behind the FlatBuffer.

/// Where bytes beyond the FlatBuffer go, in the order in which they are met.
pub struct Externals<'a> {
    /// Position of the next one; a placeholder in the first pass.
    next: u64,
    /// The bytes so far.
    pub parts: Vec<&'a [u8]>,
}

impl<'a> Externals<'a> {
    /// None yet; the first one goes behind a FlatBuffer of `length` bytes.
    pub fn behind(length: usize) -> Self {
        Self {
            next: (length as u64).next_multiple_of(16),
            parts: Vec::new(),
        }
    }

    /// Notes bytes, and returns their offset and size in the file.
    pub fn add(&mut self, bytes: &'a [u8]) -> (u64, u64) {
        let at = self.next;
        self.next += (bytes.len() as u64).next_multiple_of(16);
        self.parts.push(bytes);
        (at, bytes.len() as u64)
    }
}
