//! A zip archive, byte for byte as torch's writer makes it.

use std::io::Write;

use super::{ALIGNMENT, CENTRAL, DESCRIPTOR, END, END64, END64_PLACE, LOCAL, LOCAL_BYTES};
use crate::error::{Error, Problem, Result};
use crate::limits::{MAX_ENTRIES, MAX_FILE_BYTES};
use crate::storage::Payload;

/// Names are UTF-8; checksum and size follow the data, where there are any.
const FLAGS: u16 = 0x0808;
const FLAGS_OF_EMPTY: u16 = 0x0800;
/// Written on Unix by version 3.0 of the specification, and read by those from 4.5 on.
const MADE_BY: u16 = 0x031e;
const NEEDED: u16 = 0x002d;

/// Writes entries one after the other.
pub(crate) struct Writer<'a> {
    out: &'a mut dyn Write,
    at: u64,
    directory: Vec<u8>,
    count: usize,
}

/// Bytes of a header, from its numbers.
#[derive(Default)]
struct Header(Vec<u8>);

impl Header {
    fn u16(mut self, numbers: &[u16]) -> Self {
        self.0.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
        self
    }

    fn u32(mut self, numbers: &[u32]) -> Self {
        self.0.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
        self
    }

    fn u64(mut self, numbers: &[u64]) -> Self {
        self.0.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
        self
    }

    fn bytes(mut self, bytes: &[u8]) -> Self {
        self.0.extend(bytes);
        self
    }
}

impl<'a> Writer<'a> {
    /// A new archive.
    pub fn new(out: &'a mut dyn Write) -> Self {
        Self {
            out,
            at: 0,
            directory: Vec::new(),
            count: 0,
        }
    }

    fn put(&mut self, bytes: &[u8]) -> Result<()> {
        self.out.write_all(bytes)?;
        self.at += bytes.len() as u64;
        Ok(())
    }

    /// Adds an entry.
    ///
    /// # Errors
    /// Its bytes cannot be had or written, or the archive becomes too large.
    pub fn entry(&mut self, name: &str, payload: &Payload) -> Result<()> {
        let size = payload.size();
        let too_large = || {
            Error::new(
                name,
                Problem::Limit(format!(
                    "the file becomes larger than {MAX_FILE_BYTES} bytes or {MAX_ENTRIES} entries"
                )),
                "split the checkpoint",
            )
        };
        // Directory and ends need room behind the data, too.
        let room = size + self.at + self.directory.len() as u64 + 4096;
        if room > MAX_FILE_BYTES || self.count >= MAX_ENTRIES {
            return Err(too_large());
        }
        let start = self.at;
        // The extra field that pads has a header of four bytes.
        let unpadded = start + (LOCAL_BYTES + name.len() + 4) as u64;
        let padding = (unpadded.next_multiple_of(ALIGNMENT) - unpadded) as u16;
        let flags = if size == 0 { FLAGS_OF_EMPTY } else { FLAGS };
        let header = Header::default()
            .u32(&[LOCAL])
            .u16(&[0, flags, 0, 0, 0])
            .u32(&[0, 0, 0])
            .u16(&[name.len() as u16, padding + 4])
            .bytes(name.as_bytes())
            .bytes(b"FB")
            .u16(&[padding])
            .bytes(&vec![b'Z'; usize::from(padding)]);
        self.put(&header.0)?;
        let mut hasher = crc32fast::Hasher::new();
        let before = self.at;
        payload.pieces(&mut |piece| {
            hasher.update(piece);
            self.put(piece)
        })?;
        if self.at - before != size {
            return Err(Error::new(
                name,
                Problem::Misuse(format!("{} bytes came instead of {size}", self.at - before)),
                "this is an error of the program that made them",
            ));
        }
        let (crc, size, start) = (hasher.finalize(), size as u32, start as u32);
        if size > 0 {
            self.put(&Header::default().u32(&[DESCRIPTOR, crc, size, size]).0)?;
        }
        let central = Header::default()
            .u32(&[CENTRAL])
            .u16(&[0, 0, flags, 0, 0, 0])
            .u32(&[crc, size, size])
            .u16(&[name.len() as u16, 0, 0, 0, 0])
            .u32(&[0, start])
            .bytes(name.as_bytes());
        self.directory.extend(central.0);
        self.count += 1;
        Ok(())
    }

    /// Writes the directory and the ends; torch writes both kinds of them.
    ///
    /// # Errors
    /// They cannot be written.
    pub fn finish(mut self) -> Result<()> {
        let (start, count) = (self.at, self.count as u64);
        let directory = std::mem::take(&mut self.directory);
        let length = directory.len() as u64;
        self.put(&directory)?;
        let end64 = self.at;
        let (count16, length32, start32) = (count as u16, length as u32, start as u32);
        let ends = Header::default()
            .u32(&[END64])
            .u64(&[44])
            .u16(&[MADE_BY, NEEDED])
            .u32(&[0, 0])
            .u64(&[count, count, length, start])
            .u32(&[END64_PLACE, 0])
            .u64(&[end64])
            .u32(&[1, END])
            .u16(&[0, 0, count16, count16])
            .u32(&[length32, start32])
            .u16(&[0]);
        self.put(&ends.0)
    }
}
