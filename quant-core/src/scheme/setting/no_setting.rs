//! Texts that are no settings.

use std::fmt;

/// A text that is no encoding or no setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSetting(pub(super) String);

impl fmt::Display for NoSetting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoSetting {}
