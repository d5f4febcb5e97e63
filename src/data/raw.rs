//! Files of raw bytes: little-endian elements of the graph inputs, nothing else. A list names them, or a folder has them.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use quant_core::ir::Tensor;
use quant_core::record::Records;
use quant_core::value::Value;
use quant_core::{Error, Problem, Result as CoreResult};

use super::elements::Layout;
use crate::failure::{Failure, Result};
use crate::files;

/// Records in files of raw bytes; each is read when its turn comes.
pub struct RawRecords {
    /// The files of each record: one for each input, or one for all of them.
    records: Vec<Vec<PathBuf>>,
    layout: Layout,
}

impl RawRecords {
    /// A text file with a line for each record: a file for each graph input, separated by blanks, or one file with
    /// all of them, one after the other. Paths are seen from the working folder.
    pub fn list(path: &Path, inputs: &[Tensor]) -> Result<Self> {
        let layout = Layout::new(inputs)?;
        let text = files::read_text(path)?;
        let mut records = Vec::new();
        for (number, line) in text.lines().enumerate() {
            let words: Vec<PathBuf> = line.split_whitespace().map(PathBuf::from).collect();
            if words.is_empty() {
                continue;
            }
            if words.len() != 1 && words.len() != layout.len() {
                return Err(Failure::Invalid(format!(
                    "{}:{}: wrong number of inputs: {} files, the model has {} inputs; name a file for each, or one \
                     with all of them, in paths without blanks",
                    path.display(),
                    number + 1,
                    words.len(),
                    layout.len()
                )));
            }
            records.push(words);
        }
        if records.is_empty() {
            return Err(Failure::Invalid(format!(
                "{}: it does not contain any record; write a line for each, with the files of its inputs",
                path.display()
            )));
        }
        Ok(Self { records, layout })
    }

    /// A folder in which each regular file is a record with all graph inputs, one after the other; in the order of
    /// their names.
    pub fn folder(folder: &Path, inputs: &[Tensor]) -> Result<Self> {
        let layout = Layout::new(inputs)?;
        let fail = |error: std::io::Error| Failure::io(folder, &error);
        let mut records = Vec::new();
        for entry in fs::read_dir(folder).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            if entry.file_type().map_err(fail)?.is_file() {
                records.push(vec![entry.path()]);
            }
        }
        if records.is_empty() {
            return Err(Failure::Invalid(format!(
                "{}: it does not contain any record; put one regular file for each there",
                folder.display()
            )));
        }
        records.sort();
        Ok(Self { records, layout })
    }
}

/// The bytes of a file, which must be so many.
fn read(path: &Path, expected: usize) -> CoreResult<Vec<u8>> {
    let mut bytes = Vec::new();
    // One more than wanted shows a file that is too long.
    let done = File::open(path).and_then(|file| file.take(expected as u64 + 1).read_to_end(&mut bytes));
    done.map_err(|error| Error::io(path.display(), error.to_string(), "check the file").caused_by(error))?;
    if bytes.len() == expected {
        return Ok(bytes);
    }
    let found = if bytes.len() > expected {
        "more".to_owned()
    } else {
        bytes.len().to_string()
    };
    Err(Error::new(
        path.display(),
        Problem::Count(format!(
            "the size mismatches: {found} bytes, the inputs take {expected}"
        )),
        "write the elements of the inputs in their types, without a header",
    ))
}

impl Records for RawRecords {
    fn len(&self) -> usize {
        self.records.len()
    }

    fn get(&self, index: usize) -> CoreResult<Vec<Value>> {
        let files = self
            .records
            .get(index)
            .ok_or_else(|| Error::new("records", Problem::NoRecord(index), ""))?;
        let inputs = 0..self.layout.len();
        if let [file] = &files[..] {
            let mut rest = read(file, self.layout.total)?;
            let value = |input| {
                let behind = rest.split_off(self.layout.size(input));
                self.layout.value(input, std::mem::replace(&mut rest, behind))
            };
            return Ok(inputs.map(value).collect());
        }
        let value = |(input, file): (usize, &PathBuf)| {
            Ok(self.layout.value(input, read(file, self.layout.size(input))?))
        };
        inputs.zip(files).map(value).collect()
    }
}
