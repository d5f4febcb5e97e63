//! Whose turn it is.

use super::Problem;

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

impl Problem {
    /// Whose turn it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::Program(_)
            | Self::BigEndian
            | Self::Version(_)
            | Self::Instruction(_)
            | Self::Type(_)
            | Self::Unsupported(_) => ErrorKind::Unsupported,
            Self::Limit(_) | Self::TooDeep { .. } => ErrorKind::Limit,
            Self::Io(_) => ErrorKind::Io,
            _ => ErrorKind::Invalid,
        }
    }
}
