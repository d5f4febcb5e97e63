//! Bytes from outside: a file or memory, read where they are asked for.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Place, Problem, Result};

/// Bytes that can be read at any place.
pub trait Source: Send + Sync {
    /// How many bytes there are.
    fn size(&self) -> io::Result<u64>;
    /// Fills `bytes` with those from `offset` on.
    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()>;
}

impl Source for Vec<u8> {
    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        let from = usize::try_from(offset).ok();
        let part = from.and_then(|from| self.get(from..from.checked_add(bytes.len())?));
        bytes.copy_from_slice(part.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

impl Source for Mutex<File> {
    fn size(&self) -> io::Result<u64> {
        let file = self.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(file.metadata()?.len())
    }

    fn read_at(&self, offset: u64, bytes: &mut [u8]) -> io::Result<()> {
        let mut file = self.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(bytes)
    }
}

/// Bytes read at a time.
pub(crate) const CHUNK: usize = 1 << 18;

/// A place that moves through a part of a source.
pub(crate) struct Input<'a> {
    source: &'a dyn Source,
    /// Where the next chunk begins.
    next: u64,
    end: u64,
    chunk: Vec<u8>,
    /// Where in the chunk we are.
    at: usize,
    start: u64,
}

impl<'a> Input<'a> {
    /// The bytes `start..end`, which lie inside the source.
    pub fn new(source: &'a dyn Source, start: u64, end: u64) -> Self {
        Self {
            source,
            next: start,
            end,
            chunk: Vec::new(),
            at: 0,
            start,
        }
    }

    /// The place in the source.
    pub fn position(&self) -> u64 {
        self.next - (self.chunk.len() - self.at) as u64
    }

    /// The place, counted from the start of the part.
    pub fn offset(&self) -> u64 {
        self.position() - self.start
    }

    fn fill(&mut self) -> Result<()> {
        let count = usize::try_from(self.end - self.next).map_or(CHUNK, |left| left.min(CHUNK));
        if count == 0 {
            return Err(self.ends());
        }
        self.chunk.resize(count, 0);
        self.source.read_at(self.next, &mut self.chunk)?;
        self.next += count as u64;
        self.at = 0;
        Ok(())
    }

    fn ends(&self) -> Error {
        Error::new(
            Place::Byte(self.end - self.start),
            Problem::CutOff,
            "the file is cut off; save or copy it again",
        )
    }

    /// The next byte.
    pub fn byte(&mut self) -> Result<u8> {
        loop {
            if let Some(byte) = self.chunk.get(self.at) {
                self.at += 1;
                return Ok(*byte);
            }
            self.fill()?;
        }
    }

    /// The next `count` bytes; room for them is made only when they are there.
    pub fn bytes(&mut self, count: u64) -> Result<Vec<u8>> {
        if count > self.end - self.position() {
            return Err(self.ends());
        }
        let mut bytes = Vec::with_capacity(count as usize);
        while (bytes.len() as u64) < count {
            let rest = self.chunk.get(self.at..).unwrap_or_default();
            let take = rest.len().min(count as usize - bytes.len());
            bytes.extend_from_slice(&rest[..take]);
            self.at += take;
            if take == 0 {
                self.fill()?;
            }
        }
        Ok(bytes)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N]> {
        let mut array = [0; N];
        for byte in &mut array {
            *byte = self.byte()?;
        }
        Ok(array)
    }

    /// The bytes up to the next line feed, which is passed over.
    pub fn line(&mut self, limit: usize) -> Result<Vec<u8>> {
        let mut line = Vec::new();
        loop {
            match self.byte()? {
                b'\n' => return Ok(line),
                byte if line.len() < limit => line.push(byte),
                _ => {
                    return Err(Error::new(
                        Place::Byte(self.offset()),
                        Problem::Limit(format!("a name is longer than {limit} bytes")),
                        "save the checkpoint with shorter names",
                    ));
                }
            }
        }
    }
}
