//! Recordings in files.

use std::fs;
use std::path::{Path, PathBuf};

use quant_core::record::recording::Recording;

use crate::failure::{Failure, Result};
use crate::{files, used_files};

/// Larger files are not read.
const MOST: u64 = 16 << 30;

/// Whether a name is one of a recording.
pub fn is_named(path: &Path) -> bool {
    files::extension(path) == "qstat"
}

/// Where what there is of a recording is saved while it is made.
pub fn checkpoint(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".checkpoint");
    name.into()
}

/// Reads one.
pub fn read(path: &Path) -> Result<Recording> {
    let fail = |error| Failure::io(path, &error);
    let size = fs::metadata(path).map_err(fail)?.len();
    if size > MOST {
        return Err(Failure::Invalid(format!(
            "{}: {size} bytes are more than a recording has",
            path.display()
        )));
    }
    // A checkpoint is written again while it was read.
    if is_named(path) {
        used_files::read(path);
    }
    let bytes = fs::read(path).map_err(fail)?;
    Ok(Recording::parse(&bytes).map_err(|error| error.within(path.display()))?)
}
