//! The one error type: kind, place within the file, what is wrong, and the way out.

use std::fmt;

/// What an error says about whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The file is wrong.
    Invalid,
    /// The file may be right, but this reader cannot do it.
    Unsupported,
    /// The file cannot be read.
    Io,
}

/// An error, shown on one line as `place: what; way out`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    kind: ErrorKind,
    place: String,
    what: String,
    way_out: String,
}

/// Result with the crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    fn new(kind: ErrorKind, what: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self {
            kind,
            place: String::new(),
            what: what.into(),
            way_out: way_out.into(),
        }
    }

    /// The file is damaged: `what` is wrong in it.
    pub fn damaged(what: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, what, "the file is damaged, write it again")
    }

    /// The file is whole, but not what was asked for.
    pub fn invalid(what: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, what, way_out)
    }

    /// What the file has is not supported.
    pub fn unsupported(what: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self::new(ErrorKind::Unsupported, what, way_out)
    }

    /// Bytes cannot be read.
    pub fn io(error: &std::io::Error) -> Self {
        Self::new(ErrorKind::Io, error.to_string(), "check the file and its disk")
    }

    /// The kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.kind
    }

    /// The same error seen from further out: `place` is put before its place.
    #[must_use]
    pub fn within(mut self, place: impl fmt::Display) -> Self {
        self.place = if self.place.is_empty() {
            place.to_string()
        } else {
            format!("{place}: {}", self.place)
        };
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.place.is_empty() {
            write!(f, "{}: ", self.place)?;
        }
        write!(f, "{}; {}", self.what, self.way_out)
    }
}

impl std::error::Error for Error {}
