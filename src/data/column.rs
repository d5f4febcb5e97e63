//! A NumPy array in a file, of which each row is the value of a graph input.
#![deny(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::string_slice
)]
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::sync::{Mutex, PoisonError};

use quant_core::ir::{DType, Tensor};
use quant_core::limits::MAX_ELEMENTS;
use quant_core::npy::header;
use quant_core::value::Value;
use quant_core::{Error, Result as CoreResult};

use super::adapter::{Adapter, Misfit};
use super::prepare::Prepare;
use crate::failure::{Failure, Result};

/// Where an array is.
pub struct Place {
    /// What errors call it: a file, or a file and a member of it.
    pub shown: String,
    /// The file.
    pub file: File,
    /// Its first byte.
    pub start: u64,
    /// How many bytes.
    pub length: u64,
}

/// The array of one graph input.
pub struct Column {
    /// What errors call it.
    pub shown: String,
    file: Mutex<File>,
    /// Where the elements begin.
    start: u64,
    record_bytes: usize,
    adapter: Adapter,
}

impl Column {
    /// Checks that the array holds what the input takes. Returns how many rows it has, too.
    pub fn open(place: Place, input: &Tensor, prepare: &Prepare) -> Result<(Self, usize)> {
        let Place {
            shown,
            mut file,
            start,
            length,
        } = place;
        let io = |error: std::io::Error| Failure::io(std::path::Path::new(&shown), &error);
        file.seek(SeekFrom::Start(start)).map_err(io)?;
        let header = header(Read::by_ref(&mut file).take(length)).map_err(|error| {
            Failure::Invalid(format!(
                "{shown}: no .npy header: {error}; write the file with numpy.save"
            ))
        })?;
        let wrong = |what: String, hint: &str| {
            Failure::Invalid(format!(
                "{shown}: {what}; input `{}` takes {} of shape {:?}: {hint}",
                input.name, input.dtype, input.shape
            ))
        };
        let dtype = dtype(&header.descr).ok_or_else(|| {
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
        let dims = header.shape;
        let found = || format!("its shape is {dims:?}");
        let Some((&count, rest)) = dims.split_first() else {
            return Err(wrong(found(), "let the first axis count the records"));
        };
        let adapter = Adapter::new(input, prepare, dtype, rest).map_err(|misfit| match misfit {
            Misfit::Shape(hint) => wrong(found(), hint),
            Misfit::Type(hint) => wrong(format!("its type is {}", header.descr), hint),
            Misfit::Other(what, hint) => wrong(what, &hint),
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
        let end = total.and_then(|total| header.start.checked_add(u64::try_from(total).ok()?));
        let (Some(record_bytes), true) = (record_bytes, end.is_some_and(|end| end <= length)) else {
            return Err(wrong(
                format!("{} and the file is too short for it", found()),
                "save the array again",
            ));
        };
        let start = start.saturating_add(header.start);
        let column = Self {
            shown,
            file: Mutex::new(file),
            start,
            record_bytes,
            adapter,
        };
        Ok((column, count))
    }

    /// The value of a row.
    pub fn read(&self, index: usize) -> CoreResult<Value> {
        let bytes = self
            .bytes(index)
            .map_err(|error| Error::io(&*self.shown, error.to_string(), "check the file").caused_by(error));
        Ok(self.adapter.value(bytes?))
    }

    fn bytes(&self, index: usize) -> std::io::Result<Vec<u8>> {
        let before = index.checked_mul(self.record_bytes);
        let before = before.and_then(|before| self.start.checked_add(u64::try_from(before).ok()?));
        let before = before.ok_or(std::io::ErrorKind::UnexpectedEof)?;
        let mut bytes = vec![0; self.record_bytes];
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        file.seek(SeekFrom::Start(before))?;
        file.read_exact(&mut bytes)?;
        Ok(bytes)
    }
}

/// The type of NumPy's description, little-endian alone.
pub fn dtype(descr: &str) -> Option<DType> {
    Some(match descr.trim_matches(['\'', '"']) {
        "<f2" => DType::Float16,
        "<f4" => DType::Float32,
        "<f8" => DType::Float64,
        "<i4" => DType::Int32,
        "<i8" => DType::Int64,
        "<i2" => DType::Int16,
        "|i1" => DType::Int8,
        "|u1" => DType::Uint8,
        "|b1" => DType::Bool,
        _ => return None,
    })
}
