//! Warnings: told on the standard error when they are found, and kept for `--json`.

use std::fmt::Display;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

static WARNINGS: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// Tells one, with the file that it is about.
pub fn warn(file: &Path, warning: impl Display) {
    // One line, whatever names the model brings.
    let text = format!("{}: {warning}", file.display()).replace(['\n', '\r'], " ");
    let mut told = WARNINGS.lock().unwrap_or_else(PoisonError::into_inner);
    // Data that is opened for two models is the same.
    if !told.contains(&text) {
        eprintln!("warning: {text}");
        told.push(text);
    }
}

/// All that were told, in their order.
pub fn all() -> Vec<String> {
    WARNINGS.lock().unwrap_or_else(PoisonError::into_inner).clone()
}
