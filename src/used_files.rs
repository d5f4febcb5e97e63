//! Files that this command has read or written: a result never takes their place.
//!
//! A model may take the place of the one it was made of, when `-o` names it; results beside it may not.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::failure::{Failure, Result};

static TAKEN: Mutex<Vec<(PathBuf, &str)>> = Mutex::new(Vec::new());

fn taken() -> MutexGuard<'static, Vec<(PathBuf, &'static str)>> {
    TAKEN.lock().unwrap_or_else(PoisonError::into_inner)
}

fn note(path: &Path, what: &'static str) {
    let Ok(path) = fs::canonicalize(path) else { return };
    // Devices and pipes hold nothing.
    if path.is_file() {
        taken().push((path, what));
    }
}

/// Remembers a file that was read.
pub fn read(path: &Path) {
    note(path, "reads");
}

/// Remembers a file that was written.
pub fn written(path: &Path) {
    note(path, "writes");
}

/// Refuses a file that was read or written.
pub fn refuse(path: &Path) -> Result {
    let Ok(resolved) = fs::canonicalize(path) else {
        return Ok(());
    };
    match taken().iter().find(|(taken, _)| *taken == resolved) {
        Some((_, what)) => Err(Failure::Usage(format!(
            "{}: this command {what} that file; name another one",
            path.display()
        ))),
        None => Ok(()),
    }
}
