//! Files as memory.

use std::fs::File;
use std::io;
use std::ops::Range;

/// A file whose bytes are read when they are looked at.
#[derive(Debug)]
pub struct Mapping(memmap2::Mmap);

/// Maps a whole file, to be read.
///
/// This is `unsafe` below because nobody can promise what a safe `&[u8]` promises, that the bytes stay as they
/// are: another process may write into the file, or cut it short. What follows from that is known and is taken:
///
/// - The elements of constants are numbers of any value; one that changes is read as it was or as it is.
/// - The tables of a FlatBuffer are verified and then read, once, while a model is imported. Somebody who writes
///   into them between the two can make the import read a wrong place.
/// - A file that gets shorter ends the process with SIGBUS when a page that is gone is looked at.
///
/// Programs that replace a file by writing another and renaming it, as this project does, do none of it. Whoever
/// cannot rely on that reads the file into memory instead.
///
/// # Errors
/// The file cannot be mapped: it is a pipe or a device, or it is empty.
#[allow(unsafe_code)]
pub fn map(file: &File) -> io::Result<Mapping> {
    // SAFETY: the mapping is private to this crate, is read only, and lives as long as `Mapping`; for changes of
    // the file by others see above.
    unsafe { memmap2::Mmap::map(file) }.map(Mapping)
}

impl Mapping {
    /// All bytes of the file.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// Gives back the memory that holds this part. It is read from the file again when somebody looks; this only
    /// costs time. Does nothing where the system has no such call.
    pub fn release(&self, range: Range<usize>) {
        let range = range.start.min(self.0.len())..range.end.min(self.0.len());
        if range.is_empty() {
            return;
        }
        #[cfg(unix)]
        #[allow(unsafe_code)]
        // SAFETY: the pages are a file's, mapped to be read only, so none holds anything that the file does not;
        // the next look brings back the same bytes. A failure leaves them where they are.
        unsafe {
            let advice = memmap2::UncheckedAdvice::DontNeed;
            let _ = self.0.unchecked_advise_range(advice, range.start, range.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn released_bytes_come_back() {
        let path = std::env::temp_dir().join(format!("quant-map-{}", std::process::id()));
        let bytes: Vec<u8> = (0..100_000u32).map(|i| (i % 251) as u8).collect();
        File::create(&path).unwrap().write_all(&bytes).unwrap();
        let mapping = map(&File::open(&path).unwrap()).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert_eq!(mapping.bytes(), bytes);
        for range in [0..100_000, 5_000..5_001, 99_999..200_000, 100_000..100_000] {
            mapping.release(range);
            assert_eq!(mapping.bytes(), bytes);
        }
    }

    #[test]
    fn an_empty_file_is_an_error_or_empty() {
        let path = std::env::temp_dir().join(format!("quant-map-empty-{}", std::process::id()));
        let file = File::create(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        assert!(map(&file).map_or(true, |mapping| mapping.bytes().is_empty()));
    }
}
