//! The part of HDF5 that calibration data and dumps need: groups, datasets of numbers, names of attributes.
//!
//! [`File`] reads what libhdf5 writes, of any version, with any order of bytes; nothing that the file claims takes
//! memory before it is known to be there. [`write()`] makes files that every libhdf5 reads.
//!
//! Facts are from the "HDF5 File Format Specification", version 3.0 and its additions.
#![forbid(unsafe_code)]

mod array;
mod btree2;
mod checksum;
mod chunks;
mod dataset;
mod datatype;
mod error;
mod filters;
mod group;
mod header;
mod heap;
mod layout;
mod source;
mod superblock;
mod write;

pub use dataset::Dataset;
pub use datatype::Type;
pub use error::{Error, ErrorKind, Place, Problem, Result};
pub use source::Source;
pub use write::{Array, Node, write};

use std::collections::BTreeMap;

use header::Header;
use source::{Bytes, NOWHERE};

/// A file that is open. Only its superblock is read; everything else is read when it is asked for.
pub struct File {
    bytes: Bytes,
    root: u64,
}

/// A group, with its links.
pub struct Group<'a> {
    file: &'a File,
    path: String,
    header: Header,
    links: BTreeMap<String, u64>,
}

/// Where an object is, to come back to it without looking at the groups above.
#[derive(Clone, Debug)]
pub struct Location {
    path: String,
    address: u64,
}

impl File {
    /// Opens a file.
    ///
    /// # Errors
    /// It is no HDF5 file, or of a kind that no library writes.
    pub fn open(source: impl Source + 'static) -> Result<Self> {
        let (bytes, root) = superblock::open(Bytes::new(Box::new(source))?)?;
        Ok(Self { bytes, root })
    }

    /// The root group.
    ///
    /// # Errors
    /// It cannot be read.
    pub fn root(&self) -> Result<Group<'_>> {
        Group::open(self, String::new(), self.root)
    }

    /// The group at a place that [`Group::locate`] gave for this file.
    ///
    /// # Errors
    /// It is no group, or cannot be read.
    pub fn group_at(&self, place: &Location) -> Result<Group<'_>> {
        Group::open(self, place.path.clone(), place.address)
    }
}

impl<'a> Group<'a> {
    fn open(file: &'a File, path: String, address: u64) -> Result<Self> {
        let shown = if path.is_empty() { "/" } else { &path };
        let open = || {
            let header = Header::read(&file.bytes, address)?;
            let links = group::links(&file.bytes, &header)?
                .ok_or_else(|| Error::new(Problem::NotGroup, "put a group there"))?;
            Ok((header, links))
        };
        let (header, links) = open().map_err(|error: Error| error.within(shown))?;
        Ok(Self {
            file,
            path,
            header,
            links,
        })
    }

    /// The path in the file.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The names of what the group holds, sorted.
    pub fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.links.keys().map(String::as_str)
    }

    /// Whether the group has an attribute of that name.
    ///
    /// # Errors
    /// The attributes cannot be read.
    pub fn has_attribute(&self, name: &str) -> Result<bool> {
        group::has_attribute(&self.file.bytes, &self.header, name).map_err(|error| error.within(&self.path))
    }

    /// A group within this one.
    ///
    /// # Errors
    /// There is none of that name, or it cannot be read.
    pub fn group(&self, name: &str) -> Result<Group<'a>> {
        let (path, address) = self.find(name, "group")?;
        Group::open(self.file, path, address)
    }

    /// A dataset within this group; its elements are not read yet.
    ///
    /// # Errors
    /// There is none of that name, or it cannot be read.
    pub fn dataset(&self, name: &str) -> Result<Dataset<'a>> {
        let (path, address) = self.find(name, "dataset")?;
        Dataset::open(&self.file.bytes, path, address)
    }

    /// Where the object of that name is.
    ///
    /// # Errors
    /// There is none.
    pub fn locate(&self, name: &str) -> Result<Location> {
        let (path, address) = self.find(name, "object")?;
        Ok(Location { path, address })
    }

    fn find(&self, name: &str, what: &str) -> Result<(String, u64)> {
        let path = format!("{}/{name}", self.path);
        match self.links.get(name) {
            Some(&NOWHERE) => Err(Error::new(
                Problem::Unsupported("a link by path or to another file".into()),
                "put the values there themselves",
            )
            .within(path)),
            Some(&address) => Ok((path, address)),
            None => Err(Error::new(
                Problem::Missing {
                    what: what.to_owned(),
                },
                "check its name",
            )
            .within(path)),
        }
    }
}
