//! What happened.

use std::fmt;

use super::kind::ErrorKind;

/// What happened. A variant with a text is a family of rare ones, and the text says which.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The file has no signature of HDF5.
    NotHdf5,
    /// The file is shorter than it says.
    CutShort {
        /// Bytes that are there.
        found: u64,
        /// Bytes that it says.
        expected: u64,
    },
    /// An address points behind the file's end.
    BeyondEnd {
        /// Bytes that are wanted.
        count: u64,
        /// From where on.
        address: u64,
        /// Bytes that the file has.
        size: u64,
    },
    /// A checksum differs.
    Checksum {
        /// Of what.
        what: &'static str,
    },
    /// Nodes of a tree lead back to themselves.
    Ring,
    /// A chunk cannot be uncompressed; the source says why.
    Inflate(String),
    /// Data or a chunk have other bytes than their shape and type take.
    Incomplete {
        /// Bytes that are there.
        found: u64,
        /// Bytes that are wanted.
        expected: u64,
    },
    /// Something else in the file makes no sense.
    Damaged(String),
    /// A dataset stands where a group is wanted.
    NotGroup,
    /// A group stands where a dataset is wanted.
    NotDataset,
    /// A group has no member of that name.
    Missing {
        /// What was looked for.
        what: String,
    },
    /// A dataset without elements.
    NoElements,
    /// A dataset has another size than was asked for.
    Size {
        /// Bytes that it has, when that is a number which fits.
        found: Option<usize>,
        /// Bytes that were asked for.
        expected: usize,
    },
    /// A name that no member can have.
    Name(String),
    /// An array whose elements do not fill its shape.
    Mismatch(String),
    /// Not what was asked for in another way.
    Invalid(String),

    /// A structure of a version that is not read.
    Version {
        /// Which structure.
        what: &'static str,
        /// Its version.
        version: u8,
    },
    /// A filter that is not undone.
    Filter(String),
    /// Something else that is not read or written.
    Unsupported(String),

    /// Bytes cannot be read or written; the source says why.
    Io(String),
}

impl Problem {
    /// Whose turn it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Version { .. } | Self::Filter(_) | Self::Unsupported(_) => ErrorKind::Unsupported,
            Self::Io(_) => ErrorKind::Io,
            _ => ErrorKind::Invalid,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotHdf5 => f.write_str("this is no HDF5 file"),
            Self::CutShort { found, expected } => write!(f, "it has {found} of {expected} bytes"),
            Self::BeyondEnd { count, address, size } => write!(
                f,
                "{count} bytes at {address:#x} are beyond the end of the file ({size} bytes)"
            ),
            Self::Checksum { what } => write!(f, "{what} is wrong"),
            Self::Ring => f.write_str("a tree of the file runs in a ring"),
            Self::Inflate(why) => write!(f, "a chunk cannot be uncompressed ({why})"),
            Self::Incomplete { found, expected } => write!(f, "{found} of {expected} bytes are there"),
            Self::NotGroup => f.write_str("this is no group"),
            Self::NotDataset => f.write_str("this is no dataset"),
            Self::Missing { what } => write!(f, "there is no such {what}"),
            Self::NoElements => f.write_str("a dataset without elements"),
            Self::Size {
                found: Some(found),
                expected,
            } => write!(f, "{found} bytes and not {expected}"),
            Self::Size {
                found: None,
                expected,
            } => write!(f, "more bytes and not {expected}"),
            Self::Name(name) => write!(f, "`{}` cannot be a name", name.escape_default()),
            Self::Version { what, version } => write!(f, "{what} of version {version}"),
            Self::Filter(name) => write!(f, "filter {name}"),
            Self::Damaged(text)
            | Self::Mismatch(text)
            | Self::Invalid(text)
            | Self::Unsupported(text)
            | Self::Io(text) => f.write_str(text),
        }
    }
}

impl From<&str> for Problem {
    fn from(what: &str) -> Self {
        Self::Damaged(what.to_owned())
    }
}

impl From<String> for Problem {
    fn from(what: String) -> Self {
        Self::Damaged(what)
    }
}
