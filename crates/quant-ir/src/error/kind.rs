//! Whose turn it is.

use super::Problem;

/// What an error says about whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// The model, configuration or data is wrong.
    Invalid,
    /// The input may be right, but this program cannot do it (yet).
    Unsupported,
    /// A limit of this program was reached (see [`crate::limits`]).
    Limit,
    /// Data that the caller hands in piece by piece could not be had.
    Io,
}

impl Problem {
    /// Whose turn it is.
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoRule(_)
            | Self::NoKernel(_)
            | Self::NoKernelType { .. }
            | Self::UnsupportedType(_)
            | Self::NotConstant(_)
            | Self::Graphs(_)
            | Self::Foreign(_)
            | Self::Format(_)
            | Self::Unsupported(_) => ErrorKind::Unsupported,
            Self::Limit(_) | Self::TooMany { .. } | Self::TooLarge { .. } => ErrorKind::Limit,
            Self::Io(_) => ErrorKind::Io,
            _ => ErrorKind::Invalid,
        }
    }
}
