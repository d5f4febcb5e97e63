//! A checkpoint: objects and storages.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::sync::{Arc, Mutex};

use crate::error::{Error, Result};
use crate::limits::MAX_FILE_BYTES;
use crate::pickle::{Graph, Id, Object};
use crate::source::Source;
use crate::storage::{Payload, Storage, Storages};
use crate::tensor::Tensor;
use crate::{archive, legacy, parts};

/// The two formats of `torch.save`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A zip archive, since torch 1.6.
    Zip,
    /// A stream of pickles with the storages behind it.
    Legacy,
}

/// An entry of a zip archive that is no storage, and the object stream's head in the legacy format.
#[derive(Clone, Debug)]
pub(crate) struct Record {
    /// Its name below the archive's root.
    pub name: String,
    pub payload: Payload,
}

/// A checkpoint.
#[derive(Clone, Debug)]
pub struct Checkpoint {
    /// All objects.
    pub graph: Graph,
    /// What `torch.load` returns.
    pub root: Id,
    /// Pickle protocol.
    pub(crate) protocol: u8,
    pub(crate) format: Format,
    pub(crate) storages: Storages,
    /// The folder that all entries of a zip archive lie in.
    pub(crate) folder: String,
    /// What else the file has, in order; `data.pkl` and storages stand in it as empty records.
    pub(crate) records: Vec<Record>,
}

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
            return Err(Error::limit("", what, "split the checkpoint"));
        }
        let mut start = [0; 14];
        let known = (size as usize).min(start.len());
        source.read_at(0, &mut start[..known])?;
        let checkpoint = if start.starts_with(b"PK\x03\x04") || start.starts_with(b"PK\x05\x06") {
            archive::read(source)?
        } else if start == legacy::MAGIC {
            legacy::read(source)?
        } else {
            return Err(Error::invalid(
                "byte 0",
                "this is no PyTorch checkpoint",
                "give a file that torch.save wrote",
            ));
        };
        checkpoint.check()?;
        Ok(checkpoint)
    }

    /// The format in which it is written.
    pub fn format(&self) -> Format {
        self.format
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

    /// The storages, in the order of the file.
    pub fn storages(&self) -> &[Storage] {
        self.storages.all()
    }

    pub(crate) fn storage(&self, key: &str) -> Result<&Storage> {
        self.storages.find(key).ok_or_else(|| {
            Error::invalid(
                format!("storage {key}"),
                "it is not in the file",
                "the file is damaged; save or copy it again",
            )
        })
    }

    /// Whether an object is a tensor or a parameter.
    pub fn is_tensor(&self, id: Id) -> bool {
        matches!(parts::parts(&self.graph, id), Ok(Some(_)))
    }

    /// A tensor or parameter.
    ///
    /// # Errors
    /// The object is something else, or looks beyond its storage.
    pub fn tensor(&self, id: Id) -> Result<Tensor> {
        let parts = parts::parts(&self.graph, id)?
            .ok_or_else(|| Error::invalid("", "this is no tensor", "save a tensor of real numbers here"))?;
        Ok(Tensor {
            dtype: parts.reference.dtype,
            storage: self.storage(&parts.reference.key)?.payload.clone(),
            offset: parts.offset,
            shape: parts.shape,
            strides: parts.strides,
            requires_grad: parts.requires_grad,
        })
    }

    /// The objects that stand for what lies outside of the pickle.
    pub(crate) fn persistents(&self) -> Vec<Id> {
        let is = |id: &Id| matches!(self.graph.get(*id), Object::Persistent(_));
        self.graph.ids().filter(is).collect()
    }
}
