//! NumPy files: one for each graph input, the first axis counts the records.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use quant_core::ir::{DType, Tensor};
use quant_core::limits::MAX_ELEMENTS;
use quant_core::record::{Records, record_shape};
use quant_core::value::Value;
use quant_core::{Error, Result as CoreResult};

use super::elements;
use crate::failure::{Failure, Result};
use quant_core::npy::header;

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
        if let Some((column, other)) = columns.iter().zip(&counts).find(|(_, other)| **other != count) {
            return Err(Failure::Invalid(format!(
                "{}: {other} records, another file has {count}; give every input the same number",
                column.path.display()
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
        let header = header(&mut file).map_err(|error| {
            Failure::Invalid(format!(
                "{}: no .npy header: {error}; write the file with numpy.save",
                path.display()
            ))
        })?;
        let length = file.metadata().map_err(io)?.len();
        let wrong = |what: String, hint: &str| {
            Failure::Invalid(format!(
                "{}: {what}; input `{}` takes {} of shape {:?}: {hint}",
                path.display(),
                input.name,
                input.dtype,
                input.shape
            ))
        };
        let dtype = dtype(&header.descr)
            .filter(|dtype| *dtype == input.dtype)
            .ok_or_else(|| {
                wrong(
                    format!("its type is {}", header.descr),
                    "convert the array with astype",
                )
            })?;
        if header.fortran_order {
            return Err(wrong(
                "it is in column-major order".to_owned(),
                "save numpy.ascontiguousarray(array)",
            ));
        }
        let (dims, start) = (header.shape, header.start);
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
        let elements = rest.iter().try_fold(1usize, |n, d| n.checked_mul(*d));
        if elements.is_none_or(|elements| elements > MAX_ELEMENTS) {
            return Err(wrong(
                format!("{}, more than {MAX_ELEMENTS} elements a record", found()),
                "save smaller records",
            ));
        }
        let record_bytes = elements.and_then(|elements| dtype.bytes(elements));
        let total = record_bytes.and_then(|bytes| bytes.checked_mul(count));
        let end = total.and_then(|total| start.checked_add(u64::try_from(total).ok()?));
        let (Some(record_bytes), true) = (record_bytes, end.is_some_and(|end| end <= length)) else {
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
        let before = index.checked_mul(self.record_bytes);
        let before = before.and_then(|before| self.start.checked_add(u64::try_from(before).ok()?));
        let before = before.ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let mut bytes = vec![0; self.record_bytes];
        {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(before))?;
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
                Error::io(column.path.display(), error.to_string(), "check the file").caused_by(error)
            })
        };
        self.columns.iter().map(read).collect()
    }
}

/// The type of NumPy's description, little-endian alone.
pub fn dtype(descr: &str) -> Option<DType> {
    Some(match descr.trim_matches(['\'', '"']) {
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
