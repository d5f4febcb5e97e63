//! NumPy files: one for each graph input, the first axis counts the records.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use npyz::{NpyHeader, Order};
use quant_core::ir::{DType, Tensor};
use quant_core::record::Records;
use quant_core::value::Value;
use quant_core::{Error, Result as CoreResult};

use super::elements;
use crate::failure::{Failure, Result};

/// Records in `.npy` files; each is read when its turn comes.
pub struct NpyRecords {
    columns: Vec<Column>,
    count: usize,
}

/// The file of one graph input.
struct Column {
    path: PathBuf,
    file: Mutex<File>,
    /// Where the elements begin.
    start: u64,
    dtype: DType,
    shape: Vec<usize>,
    record_bytes: usize,
}

impl NpyRecords {
    /// Opens the files and checks that they hold what the graph inputs take.
    pub fn open(paths: &[PathBuf], inputs: &[Tensor]) -> Result<Self> {
        if paths.len() != inputs.len() {
            let names: Vec<String> = inputs.iter().map(|input| format!("`{}`", input.name)).collect();
            return Err(Failure::Invalid(format!(
                "data: {} .npy files for {} graph inputs; give one for each, separated by commas: {}",
                paths.len(),
                inputs.len(),
                names.join(", ")
            )));
        }
        let mut columns = Vec::with_capacity(paths.len());
        let mut counts = Vec::with_capacity(paths.len());
        for (path, input) in paths.iter().zip(inputs) {
            let (column, count) = Column::open(path, input)?;
            columns.push(column);
            counts.push(count);
        }
        let count = counts.iter().copied().min().unwrap_or_default();
        if let Some(other) = counts.iter().position(|other| *other != count) {
            return Err(Failure::Invalid(format!(
                "{}: {} records, another file has {count}; give every input the same number",
                columns[other].path.display(),
                counts[other]
            )));
        }
        Ok(Self { columns, count })
    }
}

impl Column {
    fn open(path: &Path, input: &Tensor) -> Result<(Self, usize)> {
        let io = |error: std::io::Error| Failure::io(path, &error);
        let mut file = File::open(path).map_err(io)?;
        if file.metadata().map_err(io)?.is_dir() {
            return Err(io(std::io::ErrorKind::IsADirectory.into()));
        }
        let header = NpyHeader::from_reader(&mut file).map_err(|error| {
            Failure::Invalid(format!(
                "{}: no .npy header: {error}; write the file with numpy.save",
                path.display()
            ))
        })?;
        let start = file.stream_position().map_err(io)?;
        let length = file.metadata().map_err(io)?.len();
        let wrong = |what: String, way_out: &str| {
            Failure::Invalid(format!(
                "{}: {what}; input `{}` takes {} of shape {:?}: {way_out}",
                path.display(),
                input.name,
                input.dtype,
                input.shape
            ))
        };
        let descr = header.dtype().descr();
        let dtype = dtype(descr.trim_matches('\''))
            .filter(|dtype| *dtype == input.dtype)
            .ok_or_else(|| wrong(format!("its type is {descr}"), "convert the array with astype"))?;
        if header.order() != Order::C {
            return Err(wrong(
                "it is in column-major order".to_owned(),
                "save numpy.ascontiguousarray(array)",
            ));
        }
        let dims: Option<Vec<usize>> = header.shape().iter().map(|d| usize::try_from(*d).ok()).collect();
        let dims = dims.unwrap_or_default();
        let found = || format!("its shape is {dims:?}");
        let Some((&count, rest)) = dims.split_first() else {
            return Err(wrong(found(), "let the first axis count the records"));
        };
        let shape = record_shape(input, rest).ok_or_else(|| {
            wrong(
                found(),
                "let the first axis count the records, and the others fit the input",
            )
        })?;
        let record_bytes = rest
            .iter()
            .try_fold(1usize, |n, d| n.checked_mul(*d))
            .and_then(|elements| dtype.bytes(elements));
        let total = record_bytes.and_then(|bytes| bytes.checked_mul(count));
        let (Some(record_bytes), true) = (
            record_bytes,
            total.is_some_and(|total| start + total as u64 <= length),
        ) else {
            return Err(wrong(
                format!("{} and the file is too short for it", found()),
                "save the array again",
            ));
        };
        let column = Self {
            path: path.to_owned(),
            file: Mutex::new(file),
            start,
            dtype,
            shape,
            record_bytes,
        };
        Ok((column, count))
    }

    fn read(&self, index: usize) -> std::io::Result<Value> {
        let mut bytes = vec![0; self.record_bytes];
        {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(self.start + (index * self.record_bytes) as u64))?;
            file.read_exact(&mut bytes)?;
        }
        let data = elements::decode(self.dtype, bytes);
        Ok(Value {
            shape: self.shape.clone(),
            data,
        })
    }
}

impl Records for NpyRecords {
    fn len(&self) -> usize {
        self.count
    }

    fn get(&self, index: usize) -> CoreResult<Vec<Value>> {
        let read = |column: &Column| {
            column.read(index).map_err(|error| {
                Error::io(
                    column.path.display().to_string(),
                    error.to_string(),
                    "check the file",
                )
            })
        };
        self.columns.iter().map(read).collect()
    }
}

/// The type of NumPy's description, little-endian alone.
fn dtype(descr: &str) -> Option<DType> {
    Some(match descr {
        "<f4" => DType::Float32,
        "<i4" => DType::Int32,
        "<i8" => DType::Int64,
        "<i2" => DType::Int16,
        "|i1" => DType::Int8,
        "|u1" => DType::Uint8,
        "|b1" => DType::Bool,
        _ => return None,
    })
}

/// The shape of one record: the axes behind the first are the input's, or the input's without its batch of 1.
fn record_shape(input: &Tensor, rest: &[usize]) -> Option<Vec<usize>> {
    let wanted = input.shape_signature.as_ref().unwrap_or(&input.shape);
    let fits = |dims: &[usize]| {
        dims.len() == wanted.len()
            && dims
                .iter()
                .zip(wanted)
                .all(|(d, w)| *w < 0 || usize::try_from(*w) == Ok(*d))
    };
    let with_batch: Vec<usize> = [1].into_iter().chain(rest.iter().copied()).collect();
    [rest.to_vec(), with_batch].into_iter().find(|dims| fits(dims))
}
