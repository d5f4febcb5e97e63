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

use npyz::{NpyHeader, Order};
use quant_core::ir::{DType, Tensor};
use quant_core::limits::MAX_ELEMENTS;
use quant_core::record::{Records, record_shape};
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
        let (header, start) = header(&mut file).map_err(|error| {
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

/// Most bytes of a header; those of NumPy have some hundred.
const MAX_HEADER: u64 = 1 << 16;
/// Deepest nesting of the lists and tuples in a header; its parser goes into each.
const MAX_NESTING: usize = 16;

/// Largest product of all numbers in a header, those of the type's name included.
const MAX_PRODUCT: u64 = 1 << 56;

/// The header of a file, and where the elements begin. What it says of its own length is not believed.
pub fn header(file: &mut File) -> std::io::Result<(NpyHeader, u64)> {
    let wrong = |what: &str| std::io::Error::new(std::io::ErrorKind::InvalidData, what.to_owned());
    let mut bytes = Vec::new();
    file.take(MAX_HEADER).read_to_end(&mut bytes)?;
    // Behind the version stands the length of the header: two bytes in version 1, four in later ones.
    let size = if bytes.get(6) == Some(&1) { 2 } else { 4 };
    let behind = bytes.get(8..).and_then(|bytes| bytes.split_at_checked(size));
    let (length, text) = behind.ok_or_else(|| wrong("the file ends in it"))?;
    let length = length
        .iter()
        .rev()
        .fold(0usize, |number, byte| number << 8 | usize::from(*byte));
    let text = text
        .get(..length)
        .ok_or_else(|| wrong(&format!("it claims {length} bytes")))?;
    let mut depth = 0usize;
    for byte in text {
        match byte {
            b'(' | b'[' | b'{' => depth = depth.saturating_add(1),
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > MAX_NESTING {
            return Err(wrong("its lists are nested too deep"));
        }
    }
    // The library multiplies the dimensions without a look at the result.
    let digits = text
        .split(|byte| !byte.is_ascii_digit())
        .filter(|digits| !digits.is_empty());
    let mut numbers = digits.map(|digits| str::from_utf8(digits).ok()?.parse::<u64>().ok());
    let product = numbers.try_fold(1u64, |product, number| product.checked_mul(number?.max(1)));
    if product.is_none_or(|product| product > MAX_PRODUCT) {
        return Err(wrong("its shape has too many elements"));
    }
    let mut rest = bytes.as_slice();
    let header = NpyHeader::from_reader(&mut rest)?;
    let start = bytes.len().saturating_sub(rest.len());
    Ok((header, u64::try_from(start).unwrap_or(u64::MAX)))
}

/// The type of NumPy's description, little-endian alone.
pub fn dtype(descr: &str) -> Option<DType> {
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
