//! A folder of pictures, a record each.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use quant_core::ir::Tensor;
use quant_core::record::Records;
use quant_core::value::Value;
use quant_core::{Error, Problem, Result as CoreResult};
use quant_picture::Picture;
use quant_picture::decode::Format;
use quant_picture::limits::MAX_FILE_BYTES;

use super::prepare::Prepare;
use super::target::Target;
use crate::failure::{Failure, Result};
use crate::{files, warnings};

/// Folders in folders; collections have one level of classes.
const MAX_DEPTH: usize = 16;

/// Pictures; each is read and decoded when its turn comes.
pub struct PictureRecords {
    files: Vec<PathBuf>,
    folder: PathBuf,
    target: Target,
}

/// Whether a name ends as that of a picture.
pub fn is_picture(path: &Path) -> bool {
    Format::EXTENSIONS.contains(&files::extension(path).as_str())
}

/// The files below a folder whose names end so, in the order of their paths, and how many there are besides, with one of
/// them. Hidden ones do not count.
fn below(folder: &Path, depth: usize, found: &mut Vec<PathBuf>, others: &mut Vec<PathBuf>) -> Result {
    let fail = |error: std::io::Error| Failure::io(folder, &error);
    let mut entries = Vec::new();
    for entry in fs::read_dir(folder).map_err(fail)? {
        let entry = entry.map_err(fail)?;
        if !entry.file_name().to_string_lossy().starts_with('.') {
            entries.push(entry.path());
        }
    }
    entries.sort();
    for path in entries {
        if path.is_dir() {
            if depth < MAX_DEPTH {
                below(&path, depth + 1, found, others)?;
            }
        } else if is_picture(&path) {
            found.push(path);
        } else {
            others.push(path);
        }
    }
    Ok(())
}

impl PictureRecords {
    /// The pictures below a folder, or one; `None` when there are none.
    pub fn open(path: &Path, inputs: &[Tensor], prepare: &Prepare) -> Result<Option<Self>> {
        let (mut found, mut others) = (Vec::new(), Vec::new());
        if path.is_file() {
            found.push(path.to_owned());
        } else {
            below(path, 0, &mut found, &mut others)?;
        }
        if found.is_empty() {
            return Ok(None);
        }
        let [input] = inputs else {
            return Err(Failure::Invalid(format!(
                "{}: pictures go to a model of one input, this one has {}; give a .npz or .npy for each, or TFRecords",
                path.display(),
                inputs.len()
            )));
        };
        let target = Target::new(input, prepare)?;
        if let Some(other) = others.first() {
            let other = other.strip_prefix(path).unwrap_or(other);
            warnings::warn(
                path,
                format!(
                    "{} of the files below it are no pictures and are left out, as {}",
                    others.len(),
                    other.display()
                ),
            );
        }
        Ok(Some(Self {
            files: found,
            folder: path.to_owned(),
            target,
        }))
    }

    /// How many pictures a record has.
    pub fn batch(&self) -> usize {
        self.target.batch()
    }

    /// The pictures, in their order, as seen from the folder.
    pub fn names(&self) -> impl Iterator<Item = &Path> {
        self.files
            .iter()
            .map(|file| file.strip_prefix(&self.folder).unwrap_or(file))
    }
}

/// The pixels of a file.
fn read(path: &Path, target: &Target) -> CoreResult<Picture> {
    let mut bytes = Vec::new();
    let done = File::open(path).and_then(|file| file.take(MAX_FILE_BYTES + 1).read_to_end(&mut bytes));
    done.map_err(|error| Error::io(path.display(), error.to_string(), "check the file").caused_by(error))?;
    if bytes.len() as u64 > MAX_FILE_BYTES {
        let what = format!("more than {MAX_FILE_BYTES} bytes");
        return Err(Error::new(
            path.display(),
            Problem::Unsupported(what),
            "make the picture smaller",
        ));
    }
    target
        .decode(&bytes)
        .map_err(|error| error.within(path.display()))
}

impl Records for PictureRecords {
    fn len(&self) -> usize {
        self.files.len().div_ceil(self.batch())
    }

    fn get(&self, index: usize) -> CoreResult<Vec<Value>> {
        let mut batches = self.files.chunks(self.batch());
        let files = batches
            .nth(index)
            .ok_or_else(|| Error::new("records", Problem::NoRecord(index), ""))?;
        let pictures = files
            .iter()
            .map(|file| read(file, &self.target))
            .collect::<CoreResult<Vec<_>>>()?;
        let value = self.target.value(&pictures);
        Ok(vec![value.map_err(|error| match files.first() {
            Some(file) => error.within(file.display()),
            None => error,
        })?])
    }
}
