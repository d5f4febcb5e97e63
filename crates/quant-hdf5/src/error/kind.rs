//! Whose turn it is.

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
