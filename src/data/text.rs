//! A folder of text files, one record each.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use std::fs;
use std::path::{Path, PathBuf};

use quant_case::text_file;
use quant_core::ir::Tensor;
use quant_core::record::{Records, text_record};
use quant_core::value::Value;
use quant_core::{Error, Problem, Result as CoreResult};

use crate::failure::{Failure, Result};

/// Records in `.txt` files, in numeric order where names are numbers, else by name.
pub struct TextRecords {
    files: Vec<PathBuf>,
    inputs: Vec<Tensor>,
}

/// Whether a folder has such files.
pub fn is_in(folder: &Path) -> Result<bool> {
    let mut entries = fs::read_dir(folder).map_err(|error| Failure::io(folder, &error))?;
    Ok(entries.any(|entry| entry.is_ok_and(|entry| is_text(&entry.path()))))
}

fn is_text(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "txt")
}

impl TextRecords {
    /// Lists the folder.
    pub fn open(folder: &Path, inputs: Vec<Tensor>) -> Result<Self> {
        let entries = fs::read_dir(folder).map_err(|error| Failure::io(folder, &error))?;
        let mut files = Vec::new();
        for entry in entries {
            let path = entry.map_err(|error| Failure::io(folder, &error))?.path();
            if is_text(&path) {
                files.push(path);
            }
        }
        if files.is_empty() {
            return Err(Failure::Invalid(format!(
                "{}: there is no .txt file, no picture (.jpg, .png, .webp) and no TFRecord; write one record a file, line n for \
                 graph input n",
                folder.display()
            )));
        }
        files.sort_by_cached_key(|path| {
            let stem = path
                .file_stem()
                .unwrap_or_default()
                .to_string_lossy()
                .into_owned();
            (stem.parse::<u64>().unwrap_or(u64::MAX), stem)
        });
        Ok(Self { files, inputs })
    }
}

impl Records for TextRecords {
    fn len(&self) -> usize {
        self.files.len()
    }

    fn get(&self, index: usize) -> CoreResult<Vec<Value>> {
        let path = self
            .files
            .get(index)
            .ok_or_else(|| Error::new("records", Problem::NoRecord(index), ""))?;
        let shown = path.display();
        let text = text_file::read(path).map_err(|error| {
            Error::io(path.display(), error.to_string(), "check the file").caused_by(error)
        })?;
        text_record(&self.inputs, &text).map_err(|error| error.within(shown))
    }
}
