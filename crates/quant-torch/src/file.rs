//! Checkpoints in and out of files, in the two formats.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::checkpoint::{Checkpoint, Format};
use crate::error::{Error, Problem, Result};
use crate::limits::MAX_FILE_BYTES;
use crate::pickle::{Graph, Id, Object};
use crate::source::Source;
use crate::storage::Storages;
use crate::{archive, legacy};

impl Checkpoint {
    /// A checkpoint of `None`.
    pub fn new(format: Format) -> Self {
        let mut checkpoint = Self {
            graph: Graph::default(),
            root: Id::FIRST,
            protocol: 2,
            format,
            storages: Storages::default(),
            folder: String::new(),
            records: Vec::new(),
        };
        // The first object is `None`, whatever comes.
        let _ = checkpoint.graph.add(Object::None);
        checkpoint.start(format);
        checkpoint
    }

    pub(crate) fn start(&mut self, format: Format) {
        self.format = format;
        self.records = match format {
            Format::Zip => archive::records(),
            Format::Legacy => legacy::records(),
        };
        if self.folder.is_empty() {
            "archive".clone_into(&mut self.folder);
        }
    }

    /// Opens a file. Storages stay in it until they are wanted.
    ///
    /// # Errors
    /// The file cannot be read, or is no checkpoint.
    pub fn open(path: &Path) -> Result<Self> {
        let file = File::open(path)?;
        let source: Arc<dyn Source> = Arc::new(Mutex::new(file));
        Self::from_source(&source)
    }

    /// Reads a file in memory.
    ///
    /// # Errors
    /// It is no checkpoint.
    pub fn read(bytes: Vec<u8>) -> Result<Self> {
        let source: Arc<dyn Source> = Arc::new(bytes);
        Self::from_source(&source)
    }

    /// Reads from a source.
    ///
    /// # Errors
    /// It cannot be read, or is no checkpoint.
    pub fn from_source(source: &Arc<dyn Source>) -> Result<Self> {
        let size = source.size()?;
        if size > MAX_FILE_BYTES {
            let what = format!("the file is larger than {MAX_FILE_BYTES} bytes");
            return Err(Error::new("", Problem::Limit(what), "split the checkpoint"));
        }
        let mut start = [0; 14];
        let known = (size as usize).min(start.len());
        source.read_at(0, &mut start[..known])?;
        let checkpoint = if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
            archive::read(source)?
        } else if start == legacy::MAGIC {
            legacy::read(source)?
        } else {
            return Err(Error::new(
                "byte 0",
                Problem::NotCheckpoint,
                "give a file that torch.save wrote",
            ));
        };
        checkpoint.check()?;
        Ok(checkpoint)
    }

    /// Writes it. Storages that no object names are left out.
    ///
    /// # Errors
    /// It cannot be written, or is too large.
    pub fn write(&self, out: &mut dyn Write) -> Result<()> {
        match self.format {
            Format::Zip => archive::write(self, out),
            Format::Legacy => legacy::write(self, out),
        }
    }
}
