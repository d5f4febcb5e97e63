//! Where an error happened.

use std::fmt;

/// A place in a checkpoint, or in what comes with it. Errors show it as it is displayed.
#[non_exhaustive]
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// A file, as the user wrote its path.
    File(String),
    /// A byte of the file or pickle, counted from 0.
    Byte(u64),
    /// A line of a configuration, counted from 1.
    Line(usize),
    /// A storage, by its key.
    Storage(String),
    /// A key of the checkpoint, an entry of its archive, or another part, by its name.
    Name(String),
}

impl Place {
    /// The storage of that key.
    pub fn storage(key: impl Into<String>) -> Self {
        Self::Storage(key.into())
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Name(name) if name.is_empty())
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Byte(at) => write!(f, "byte {at}"),
            Self::Line(line) => write!(f, "line {line}"),
            Self::Storage(key) => write!(f, "storage {key}"),
            Self::File(text) | Self::Name(text) => f.write_str(text),
        }
    }
}

impl From<String> for Place {
    fn from(name: String) -> Self {
        Self::Name(name)
    }
}

impl From<&String> for Place {
    fn from(name: &String) -> Self {
        Self::Name(name.clone())
    }
}

impl From<&str> for Place {
    fn from(name: &str) -> Self {
        Self::Name(name.to_owned())
    }
}

impl From<std::path::Display<'_>> for Place {
    fn from(path: std::path::Display<'_>) -> Self {
        Self::File(path.to_string())
    }
}
