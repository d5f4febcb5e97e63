//! The bytes of tensors, where they come from and how they are handed on.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use crate::error::{Error, Place, Problem, Result};
use crate::source::{CHUNK, Source};

/// A storage: bytes that one or more tensors look at.
#[derive(Clone, Debug)]
pub struct Storage {
    /// Its name in the archive, unique in the checkpoint.
    pub key: String,
    /// Its bytes.
    pub payload: Payload,
}

/// Bytes that are computed when they are wanted.
pub trait Compute: Send + Sync {
    /// How many bytes there will be.
    fn size(&self) -> u64;
    /// Hands them on, piece by piece, in order.
    fn write(&self, take: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()>;
}

/// Where bytes are.
#[derive(Clone)]
pub enum Payload {
    /// In the file that was read.
    File {
        /// The file.
        source: Arc<dyn Source>,
        /// Where they begin.
        offset: u64,
        /// How many there are.
        size: u64,
        /// Their CRC-32, where the file says.
        crc: Option<u32>,
    },
    /// In memory.
    Bytes(Arc<[u8]>),
    /// Nowhere yet.
    Computed(Arc<dyn Compute>),
}

impl fmt::Debug for Payload {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self {
            Self::File { .. } => "File",
            Self::Bytes(_) => "Bytes",
            Self::Computed(_) => "Computed",
        };
        write!(f, "{kind}({} bytes)", self.size())
    }
}

impl Payload {
    /// How many bytes there are.
    pub fn size(&self) -> u64 {
        match self {
            Self::File { size, .. } => *size,
            Self::Bytes(bytes) => bytes.len() as u64,
            Self::Computed(compute) => compute.size(),
        }
    }

    /// Hands all bytes on, piece by piece; those of a file are checked.
    ///
    /// # Errors
    /// The file cannot be read, or its checksum differs; or what `take` says.
    pub fn pieces(&self, take: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        match self {
            Self::Bytes(bytes) => take(bytes),
            Self::Computed(compute) => compute.write(take),
            Self::File {
                source,
                offset,
                size,
                crc,
            } => {
                let mut chunk = Vec::new();
                let mut hasher = crc32fast::Hasher::new();
                let mut done = 0;
                while done < *size {
                    let count = usize::try_from(size - done).map_or(CHUNK, |left| left.min(CHUNK));
                    chunk.resize(count, 0);
                    source.read_at(offset + done, &mut chunk)?;
                    hasher.update(&chunk);
                    take(&chunk)?;
                    done += count as u64;
                }
                match crc {
                    Some(crc) if *crc != hasher.finalize() => Err(Error::new(
                        Place::Byte(*offset),
                        Problem::Checksum,
                        "the file is damaged; save or copy it again",
                    )),
                    _ => Ok(()),
                }
            }
        }
    }

    /// The bytes `offset..offset + size`.
    ///
    /// # Errors
    /// There are fewer; or what is computed cannot be had.
    pub fn part(&self, offset: u64, size: u64) -> Result<Self> {
        if offset.checked_add(size).is_none_or(|end| end > self.size()) {
            return Err(Error::new(
                Place::Byte(offset),
                Problem::Damaged("the storage ends before".into()),
                "the file is damaged; save or copy it again",
            ));
        }
        if offset == 0 && size == self.size() {
            return Ok(self.clone());
        }
        let slice = |bytes: &[u8]| {
            let part = bytes.get(offset as usize..(offset + size) as usize);
            Self::Bytes(part.unwrap_or_default().into())
        };
        Ok(match self {
            Self::File {
                source,
                offset: start,
                ..
            } => Self::File {
                source: Arc::clone(source),
                offset: start + offset,
                size,
                crc: None,
            },
            Self::Bytes(bytes) => slice(bytes),
            Self::Computed(_) => slice(&self.read()?),
        })
    }

    /// All bytes.
    ///
    /// # Errors
    /// As [`Payload::pieces`].
    pub fn read(&self) -> Result<Vec<u8>> {
        let mut all = Vec::new();
        self.pieces(&mut |piece| {
            all.extend_from_slice(piece);
            Ok(())
        })?;
        Ok(all)
    }
}

/// The storages of a checkpoint, in order and by name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Storages {
    list: Vec<Storage>,
    places: BTreeMap<String, usize>,
}

impl Storages {
    /// Adds one whose name is free.
    pub fn push(&mut self, key: String, payload: Payload) {
        self.places.insert(key.clone(), self.list.len());
        self.list.push(Storage { key, payload });
    }

    /// All of them, in order.
    pub fn all(&self) -> &[Storage] {
        &self.list
    }

    /// The place of one in the order.
    pub fn place(&self, key: &str) -> Option<usize> {
        self.places.get(key).copied()
    }

    /// One by its name.
    pub fn find(&self, key: &str) -> Option<&Storage> {
        self.list.get(self.place(key)?)
    }

    /// A name that is free.
    pub fn free_key(&self) -> String {
        let mut number = self.list.len();
        while self.places.contains_key(&number.to_string()) {
            number += 1;
        }
        number.to_string()
    }

    /// Gives each its place as its name.
    pub fn renumber(&mut self) {
        for (number, storage) in self.list.iter_mut().enumerate() {
            storage.key = number.to_string();
        }
        let places = self.list.iter().enumerate();
        self.places = places
            .map(|(place, storage)| (storage.key.clone(), place))
            .collect();
    }
}
