//! Warnings: told on the standard error when they are found, and kept for `--json`.

use std::fmt::Display;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

static WARNINGS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Tells one, with the file that it is about.
pub fn warn(file: &Path, warning: impl Display) {
    // One line, whatever names the model brings.
    let text = format!("{}: {warning}", file.display()).replace(['\n', '\r'], " ");
    eprintln!("warning: {text}");
    WARNINGS.lock().unwrap_or_else(PoisonError::into_inner).push(text);
}

/// All that were told, in their order.
pub fn all() -> Vec<String> {
    WARNINGS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
