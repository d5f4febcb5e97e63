//! The way through a file, from marker to marker.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]

/// What is left of a file.
pub struct Input<'a>(&'a [u8]);

impl<'a> Input<'a> {
    pub fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub fn rest(&self) -> &'a [u8] {
        self.0
    }

    pub fn skip(&mut self, bytes: usize) {
        self.0 = self.0.get(bytes..).unwrap_or_default();
    }

    /// The next marker, past whatever stands before it.
    pub fn marker(&mut self) -> Option<u8> {
        loop {
            let at = self.0.iter().position(|byte| *byte == 0xff)?;
            let rest = self.0.get(at..)?;
            let fill = rest.iter().position(|byte| *byte != 0xff)?;
            let marker = *rest.get(fill)?;
            self.0 = rest.get(fill + 1..)?;
            if marker != 0 {
                return Some(marker);
            }
        }
    }

    /// The bytes of a segment.
    pub fn segment(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk()?;
        let length = usize::from(u16::from_be_bytes(*length)).checked_sub(2)?;
        let (segment, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(segment)
    }
}
