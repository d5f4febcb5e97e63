//! The one error type: kind, place, what is wrong, and the way out.

use std::fmt;

/// What an error says about whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The model, configuration or data is wrong.
    Invalid,
    /// The input may be right, but this program cannot do it (yet).
    Unsupported,
    /// A limit of this program was reached (see [`crate::limits`]).
    Limit,
    /// Data that the caller hands in piece by piece could not be had (see [`crate::record::Records`]).
    Io,
}

/// An error of the quantizer, shown on one line as `place: what; way out`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub struct Error {
    kind: ErrorKind,
    place: String,
    what: String,
    way_out: String,
}

/// Result with the crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

impl Error {
    /// The input is wrong at `place`.
    pub fn invalid(place: impl Into<String>, what: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Invalid,
            place: place.into(),
            what: what.into(),
            way_out: way_out.into(),
        }
    }

    /// What stands at `place` is not supported.
    pub fn unsupported(
        place: impl Into<String>,
        what: impl Into<String>,
        way_out: impl Into<String>,
    ) -> Self {
        Self {
            kind: ErrorKind::Unsupported,
            place: place.into(),
            what: what.into(),
            way_out: way_out.into(),
        }
    }

    /// A limit was reached at `place`.
    pub fn limit(place: impl Into<String>, what: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Limit,
            place: place.into(),
            what: what.into(),
            way_out: way_out.into(),
        }
    }

    /// Data could not be had from `place`.
    pub fn io(place: impl Into<String>, what: impl Into<String>, way_out: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Io,
            place: place.into(),
            what: what.into(),
            way_out: way_out.into(),
        }
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
