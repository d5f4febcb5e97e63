//! Where the bytes of a file come from, and bounded reads of them.

use std::fs;
use std::io::{self, Read, Seek, SeekFrom};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Problem, Result};

/// An address that stands for "nowhere".
pub(crate) const NOWHERE: u64 = u64::MAX;

/// Bytes at any place; shared by threads.
pub trait Source: Send + Sync {
    /// How many bytes there are.
    ///
    /// # Errors
    /// Of the system.
    fn size(&self) -> io::Result<u64>;

    /// Fills `into` with the bytes from `offset` on.
    ///
    /// # Errors
    /// Of the system; fewer bytes are an error.
    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()>;
}

impl Source for Mutex<fs::File> {
    fn size(&self) -> io::Result<u64> {
        let file = self.lock().unwrap_or_else(PoisonError::into_inner);
        Ok(file.metadata()?.len())
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let mut file = self.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(offset))?;
        file.read_exact(into)
    }
}

impl Source for Vec<u8> {
    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, offset: u64, into: &mut [u8]) -> io::Result<()> {
        let from = usize::try_from(offset).ok().and_then(|start| self.get(start..));
        let part = from.and_then(|rest| rest.get(..into.len()));
        into.copy_from_slice(part.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }
}

/// The file as the parsers see it: reads are checked against its end before memory is taken for them, and nodes of
/// trees are counted, so that a ring or a node with many parents ends.
pub(crate) struct Bytes {
    source: Box<dyn Source>,
    size: u64,
    /// Where the file's address 0 is: behind a user block.
    base: u64,
}

impl Bytes {
    pub(crate) fn new(source: Box<dyn Source>) -> Result<Self> {
        let size = source.size().map_err(Error::io)?;
        Ok(Self {
            source,
            size,
            base: 0,
        })
    }

    pub(crate) fn at_base(mut self, base: u64) -> Self {
        self.base = base;
        self
    }

    /// Bytes of the file, with its user block.
    pub(crate) fn total(&self) -> u64 {
        self.size
    }

    /// Bytes of the file from address 0 on.
    pub(crate) fn size(&self) -> u64 {
        self.size.saturating_sub(self.base)
    }

    /// `count` bytes from an address on.
    pub(crate) fn read(&self, address: u64, count: u64) -> Result<Vec<u8>> {
        let end = address.checked_add(count);
        if address == NOWHERE || end.is_none_or(|end| end > self.size()) {
            return Err(Error::damaged(Problem::BeyondEnd {
                count,
                address,
                size: self.size(),
            }));
        }
        let mut bytes = vec![0; count as usize];
        self.source
            .read_at(self.base + address, &mut bytes)
            .map_err(Error::io)?;
        Ok(bytes)
    }

    /// Up to `count` bytes from an address on; fewer at the end of the file.
    pub(crate) fn read_up_to(&self, address: u64, count: u64) -> Result<Vec<u8>> {
        self.read(address, count.min(self.size().saturating_sub(address)))
    }

    /// A count of nodes that no honest walk exceeds: a node takes at least 16 bytes of the file.
    pub(crate) fn budget(&self) -> Budget {
        Budget(AtomicU64::new(self.size() / 16 + 16))
    }
}

/// How many nodes a walk may still visit.
pub(crate) struct Budget(AtomicU64);

impl Budget {
    /// Visits one node.
    pub(crate) fn spend(&self) -> Result<()> {
        let left = self.0.load(Ordering::Relaxed);
        self.0.store(left.saturating_sub(1), Ordering::Relaxed);
        if left == 0 {
            return Err(Error::damaged(Problem::Ring));
        }
        Ok(())
    }
}

/// Numbers from the front of bytes, little-endian.
#[derive(Clone)]
pub(crate) struct Cursor<'a>(pub(crate) &'a [u8]);

impl<'a> Cursor<'a> {
    pub(crate) fn bytes(&mut self, count: usize) -> Result<&'a [u8]> {
        let (front, rest) = self
            .0
            .split_at_checked(count)
            .ok_or_else(|| Error::damaged("a record ends too early"))?;
        self.0 = rest;
        Ok(front)
    }

    /// An unsigned number of up to eight bytes.
    pub(crate) fn uint(&mut self, width: usize) -> Result<u64> {
        let bytes = self.bytes(width)?;
        let mut all = [0; 8];
        let low = all
            .get_mut(..width)
            .ok_or_else(|| Error::damaged("a number of more than 8 bytes"))?;
        low.copy_from_slice(bytes);
        Ok(u64::from_le_bytes(all))
    }

    pub(crate) fn u8(&mut self) -> Result<u8> {
        Ok(self.uint(1)? as u8)
    }

    pub(crate) fn u16(&mut self) -> Result<u16> {
        Ok(self.uint(2)? as u16)
    }

    pub(crate) fn u32(&mut self) -> Result<u32> {
        Ok(self.uint(4)? as u32)
    }

    pub(crate) fn u64(&mut self) -> Result<u64> {
        self.uint(8)
    }

    /// Passes over bytes.
    pub(crate) fn skip(&mut self, count: usize) -> Result<()> {
        self.bytes(count).map(|_| ())
    }

    /// The next bytes must be these.
    pub(crate) fn expect(&mut self, signature: &[u8]) -> Result<()> {
        if self.bytes(signature.len())? == signature {
            return Ok(());
        }
        let shown = String::from_utf8_lossy(signature);
        Err(Error::damaged(format!("there is no {shown} where one must be")))
    }
}
