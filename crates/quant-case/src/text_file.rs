//! Text files, read up to a limit: what is named may be a device that never ends.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use crate::limits::MAX_TEXT_BYTES;

/// Reads a text file.
///
/// # Errors
/// It cannot be read, is no UTF-8 (`InvalidData`), or is longer than [`MAX_TEXT_BYTES`] (`FileTooLarge`).
pub fn read(path: &Path) -> io::Result<String> {
    String::from_utf8(bytes(File::open(path)?, MAX_TEXT_BYTES)?)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.utf8_error()))
}

/// Reads to the end, unless that is behind `most` bytes. Memory grows with what is read.
///
/// # Errors
/// As of the reader; `FileTooLarge`.
pub fn bytes(reader: impl Read, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(most.saturating_add(1)).read_to_end(&mut bytes)?;
    if u64::try_from(bytes.len()).map_or(true, |found| found > most) {
        let what = format!("more than the {most} bytes that are read");
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, what));
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_never_ends_is_an_error() {
        assert_eq!(
            bytes(io::repeat(7), 100).unwrap_err().kind(),
            io::ErrorKind::FileTooLarge
        );
        assert_eq!(bytes(&[7; 100][..], 100).unwrap(), [7; 100]);
        assert!(bytes(&[7; 101][..], 100).is_err());
    }
}
