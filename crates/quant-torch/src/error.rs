//! The one error type: kind, place, what is wrong, and the way out.

use std::fmt;

/// What an error says about whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The checkpoint or configuration is wrong.
    Invalid,
    /// The input may be right, but this program cannot do it (yet).
    Unsupported,
    /// A limit of this program was reached (see [`crate::limits`]).
    Limit,
    /// The file cannot be read or written.
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
    fn new(
        kind: ErrorKind,
        place: impl Into<String>,
        what: impl Into<String>,
        way_out: impl Into<String>,
    ) -> Self {
        Self {
            kind,
            place: place.into(),
            what: what.into(),
            way_out: way_out.into(),
        }
    }

    /// The input is wrong at `place`.
    pub fn invalid(place: impl Into<String>, what: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self::new(ErrorKind::Invalid, place, what, way_out)
    }

    /// What stands at `place` is not supported.
    pub fn unsupported(
        place: impl Into<String>,
        what: impl Into<String>,
        way_out: impl Into<String>,
    ) -> Self {
        Self::new(ErrorKind::Unsupported, place, what, way_out)
    }

    /// A limit was reached at `place`.
    pub fn limit(place: impl Into<String>, what: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self::new(ErrorKind::Limit, place, what, way_out)
    }

    /// Bytes cannot be read or written.
    pub fn io(error: &std::io::Error) -> Self {
        Self::new(
            ErrorKind::Io,
            "",
            error.to_string(),
            "check the file and its disk",
        )
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
        f.write_str(&self.what)?;
        if !self.way_out.is_empty() {
            write!(f, "; {}", self.way_out)?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        Self::io(&error)
    }
}
