//! NumPy files: one for each graph input, the first axis counts the records.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use std::fs::File;
use std::path::{Path, PathBuf};

use quant_core::record::Records;
use quant_core::value::Value;
use quant_core::{Error, Problem, Result as CoreResult};

use super::column::{Column, Place};
use super::inputs::Inputs;
use crate::failure::{Failure, Result};
use crate::{used_files, warnings};

/// Records in arrays; each is read when its turn comes.
pub struct NpyRecords {
    columns: Vec<Column>,
    count: usize,
}

impl NpyRecords {
    /// Opens the files and checks that they hold what the graph inputs take. A path may begin with `INPUT=`; all do, or
    /// none does.
    pub fn open(paths: &[PathBuf], inputs: &Inputs) -> Result<Self> {
        if paths.len() != inputs.tensors.len() {
            let names: Vec<String> = (inputs.tensors.iter())
                .map(|input| format!("`{}`", input.name))
                .collect();
            return Err(Failure::Invalid(format!(
                "data: {} .npy files for {} graph inputs; give one for each, separated by commas: {}",
                paths.len(),
                inputs.tensors.len(),
                names.join(", ")
            )));
        }
        let files = by_name(paths, inputs)?;
        let mut places = Vec::with_capacity(files.len());
        for path in &files {
            places.push(whole(path)?);
        }
        Self::of(places, inputs)
    }

    /// The arrays of the graph inputs, in their order.
    pub fn of(places: Vec<Place>, inputs: &Inputs) -> Result<Self> {
        let mut columns = Vec::with_capacity(places.len());
        let mut counts = Vec::with_capacity(places.len());
        for (place, input) in places.into_iter().zip(&inputs.tensors) {
            let (column, count) = Column::open(place, input, &inputs.prepare)?;
            columns.push(column);
            counts.push(count);
        }
        let count = counts.iter().copied().min().unwrap_or_default();
        if let Some((column, other)) = columns.iter().zip(&counts).find(|(_, other)| **other != count) {
            return Err(Failure::Invalid(format!(
                "{}: {other} records, another file has {count}; give every input the same number",
                column.shown
            )));
        }
        Ok(Self { columns, count })
    }
}

/// A whole file.
fn whole(path: &Path) -> Result<Place> {
    used_files::read(path);
    let io = |error: std::io::Error| Failure::io(path, &error);
    let file = File::open(path).map_err(io)?;
    let metadata = file.metadata().map_err(io)?;
    if metadata.is_dir() {
        return Err(io(std::io::ErrorKind::IsADirectory.into()));
    }
    Ok(Place {
        shown: path.display().to_string(),
        length: metadata.len(),
        file,
        start: 0,
    })
}

/// The files in the order of the inputs.
fn by_name(paths: &[PathBuf], inputs: &Inputs) -> Result<Vec<PathBuf>> {
    let named = paths.iter().map(|path| {
        let text = path.to_string_lossy().into_owned();
        // A file may have the sign in its name; an input may, too.
        let (name, file) = (!path.exists()).then(|| text.rsplit_once('=')).flatten()?;
        Some((name.to_owned(), PathBuf::from(file)))
    });
    let named: Vec<Option<(String, PathBuf)>> = named.collect();
    if named.iter().all(Option::is_none) {
        swapped(paths, inputs);
        return Ok(paths.to_vec());
    }
    let mut files: Vec<Option<PathBuf>> = vec![None; inputs.tensors.len()];
    for (pair, path) in named.into_iter().zip(paths) {
        let Some((name, file)) = pair else {
            return Err(Failure::Usage(format!(
                "{}: other files are given with the name of their input; write INPUT={0}, or no names at all",
                path.display()
            )));
        };
        let slot = inputs.index(&name).and_then(|index| files.get_mut(index));
        let Some(slot) = slot else {
            return Err(Failure::Usage(format!(
                "{}: the model has no input `{name}`; its inputs are {}",
                path.display(),
                inputs.list()
            )));
        };
        if slot.replace(file).is_some() {
            return Err(Failure::Usage(format!(
                "{}: input `{name}` has two files; give each input one",
                path.display()
            )));
        }
    }
    // As many files as inputs, none twice.
    Ok(files.into_iter().flatten().collect())
}

/// Warns of a file that stands where one input does and is called as another one of the same shape.
fn swapped(paths: &[PathBuf], inputs: &Inputs) {
    for (at, path) in paths.iter().enumerate() {
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let Some(other) = inputs.index(&stem).filter(|other| *other != at) else {
            continue;
        };
        let (Some(here), Some(there)) = (inputs.tensors.get(at), inputs.tensors.get(other)) else {
            continue;
        };
        if here.shape == there.shape && here.dtype == there.dtype {
            warnings::warn(
                path,
                format!(
                    "it is read for input `{}`, and an input of the same shape is called `{stem}`; if they are swapped, \
                     write {stem}={}",
                    here.name,
                    path.display()
                ),
            );
        }
    }
}

impl Records for NpyRecords {
    fn len(&self) -> usize {
        self.count
    }

    fn get(&self, index: usize) -> CoreResult<Vec<Value>> {
        if index >= self.count {
            return Err(Error::new("records", Problem::NoRecord(index), ""));
        }
        self.columns.iter().map(|column| column.read(index)).collect()
    }
}
