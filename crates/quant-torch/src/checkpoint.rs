//! A checkpoint: objects and storages.

use crate::error::{Error, Place, Problem, Result};
use crate::pickle::{Graph, Id, Object};
use crate::rebuild;
use crate::storage::{Payload, Storage, Storages};
use crate::tensor::Tensor;

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
    /// The format in which it is written.
    pub fn format(&self) -> Format {
        self.format
    }

    /// The storages, in the order of the file.
    pub fn storages(&self) -> &[Storage] {
        self.storages.all()
    }

    pub(crate) fn storage(&self, key: &str) -> Result<&Storage> {
        self.storages.find(key).ok_or_else(|| {
            Error::new(
                Place::storage(key),
                Problem::MissingStorage,
                "the file is damaged; save or copy it again",
            )
        })
    }

    /// Whether an object is a tensor or a parameter.
    pub fn is_tensor(&self, id: Id) -> bool {
        matches!(rebuild::rebuild(&self.graph, id), Ok(Some(_)))
    }

    /// A tensor or parameter.
    ///
    /// # Errors
    /// The object is something else, or looks beyond its storage.
    pub fn tensor(&self, id: Id) -> Result<Tensor> {
        let parts = rebuild::rebuild(&self.graph, id)?
            .ok_or_else(|| Error::new("", Problem::NotTensor, "save a tensor of real numbers here"))?;
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
