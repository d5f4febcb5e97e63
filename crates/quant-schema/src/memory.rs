//! Memory from the system: files, and room for what is large.

use std::fs::File;
use std::io;
use std::ops::{Deref, DerefMut, Range};

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

/// Bytes of this program's own.
#[derive(Debug)]
pub struct Memory(Kind);

#[derive(Debug)]
enum Kind {
    Heap(Vec<u8>),
    Pages(memmap2::MmapMut),
}

/// From here on room is taken from the system: two huge pages.
const LARGE: usize = 4 << 20;

/// Room for so many bytes, all zero.
///
/// Large room lies on huge pages where the system has them (Linux, `MADV_HUGEPAGE`): touching memory for the first
/// time costs the system a fault a page, and with pages of 4 KiB these take longer than quantizing into it.
pub fn zeros(length: usize) -> Memory {
    match pages(length) {
        Some(pages) => Memory(Kind::Pages(pages)),
        None => Memory(Kind::Heap(vec![0; length])),
    }
}

/// Large room of the system's own; `None` for little, and where the system has none.
fn pages(length: usize) -> Option<memmap2::MmapMut> {
    let large = (LARGE..=isize::MAX.unsigned_abs()).contains(&length);
    let pages = large.then(|| memmap2::MmapMut::map_anon(length).ok()).flatten()?;
    // Advice: without huge pages it is the same memory.
    #[cfg(target_os = "linux")]
    let _ = pages.advise(memmap2::Advice::HugePage);
    Some(pages)
}

/// Floats in room from the system, as [`zeros`] takes it.
#[derive(Debug)]
pub struct FloatPages(memmap2::MmapMut);

/// Room for so many floats, all zero; `None` where it would be no room from the system, which allocators return as well.
pub fn float_pages(count: usize) -> Option<FloatPages> {
    pages(count.checked_mul(size_of::<f32>())?).map(FloatPages)
}

impl Deref for FloatPages {
    type Target = [f32];

    #[allow(unsafe_code)]
    fn deref(&self) -> &[f32] {
        let length = self.0.len() / size_of::<f32>();
        // SAFETY: pages begin where floats may, are as long as `length` floats, live as long as `self`, and any bits are a float.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), length) }
    }
}

impl DerefMut for FloatPages {
    #[allow(unsafe_code)]
    fn deref_mut(&mut self) -> &mut [f32] {
        let length = self.0.len() / size_of::<f32>();
        // SAFETY: as above; `self` is borrowed alone, and any float is bytes.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), length) }
    }
}

impl Deref for Memory {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        match &self.0 {
            Kind::Heap(bytes) => bytes,
            Kind::Pages(pages) => pages,
        }
    }
}

impl DerefMut for Memory {
    fn deref_mut(&mut self) -> &mut [u8] {
        match &mut self.0 {
            Kind::Heap(bytes) => bytes,
            Kind::Pages(pages) => pages,
        }
    }
}
