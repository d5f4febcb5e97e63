//! What can be wrong with a file.

use crate::error::{Error, Kind};

/// It is no JPEG as the standard has them.
pub fn damaged(what: &str) -> Error {
    Error::invalid(format!("damaged JPEG: {what}"), "save the picture again")
}

/// A kind that is not read.
pub fn unsupported(what: &str) -> Error {
    Error::new(
        Kind::Unsupported,
        format!("a JPEG {what}"),
        "save it as baseline or progressive JPEG of 8 bits",
    )
}

/// The file ends before the picture does.
pub fn truncated() -> Error {
    damaged("it ends too early")
}
