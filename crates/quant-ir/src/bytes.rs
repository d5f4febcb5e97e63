//! Bytes that models share: parts of a file, or what a stage made.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use rayon::prelude::*;

/// Where shared bytes are kept.
pub trait Source: Send + Sync {
    /// All of them, the same ones every time.
    fn bytes(&self) -> &[u8];

    /// Nobody is about to look at this part, so the memory behind it may go, when the source can bring it back.
    fn release(&self, _part: Range<usize>) {}
}

impl Source for Vec<u8> {
    fn bytes(&self) -> &[u8] {
        self
    }
}

impl Source for quant_schema::Memory {
    fn bytes(&self) -> &[u8] {
        self
    }
}

impl Source for quant_schema::Mapping {
    fn bytes(&self) -> &[u8] {
        self.bytes()
    }

    fn release(&self, part: Range<usize>) {
        self.release(part);
    }
}

/// A part of a [`Source`]; clones share it.
#[derive(Clone)]
pub struct Bytes {
    source: Arc<dyn Source>,
    part: Range<usize>,
}

impl Bytes {
    /// All bytes of a source.
    pub fn new(source: impl Source + 'static) -> Self {
        let part = 0..source.bytes().len();
        Self {
            source: Arc::new(source),
            part,
        }
    }

    /// `part`, which lies within these bytes, as bytes of the same source. Others are copied.
    #[must_use]
    pub fn share(&self, part: &[u8]) -> Self {
        let all = self.source.bytes();
        let start = part.as_ptr().addr().wrapping_sub(all.as_ptr().addr());
        let within = start.checked_add(part.len()).is_some_and(|end| end <= all.len());
        if !within {
            return part.to_vec().into();
        }
        Self {
            source: Arc::clone(&self.source),
            part: start..start + part.len(),
        }
    }

    /// Tells the source that nobody is about to look at these bytes, on all threads: for a mapped file the system
    /// takes about half the time for it that it takes to copy them.
    pub fn release(&self) {
        /// Bytes that a task releases; a multiple of any page.
        const TASK: usize = 4 << 20;
        let end = self.part.end;
        let starts = self.part.clone().into_par_iter().step_by(TASK);
        starts.for_each(|start| self.source.release(start..end.min(start + TASK)));
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.source.bytes().get(self.part.clone()).unwrap_or_default()
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self::new(bytes)
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        self[..] == other[..]
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self[..].fmt(f)
    }
}
