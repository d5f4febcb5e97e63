//! Values of records as NumPy arrays.

use std::fmt::Write;
use std::path::Path;

use quant_core::ir::DType;
use quant_core::value::Value;

use crate::failure::{Failure, Result};
use crate::files;

/// Writes values of one type and shape as one array: of the shape `leading`, then that of a value.
pub fn write(path: &Path, leading: &[usize], values: &[&Value]) -> Result {
    let Some(first) = values.first() else {
        return Ok(());
    };
    let Some(descr) = descr(first.dtype()) else {
        return Err(Failure::Invalid(format!(
            "{}: NumPy has no type for {}; make the model's output another type",
            path.display(),
            first.dtype()
        )));
    };
    let mut shape = String::new();
    let dims: Vec<&usize> = leading.iter().chain(&first.shape).collect();
    for (at, dim) in dims.iter().enumerate() {
        // A tuple of one has a comma behind it.
        let comma = if at + 1 < dims.len() { ", " } else { "" };
        let _ = write!(shape, "{dim}{}", if dims.len() == 1 { "," } else { comma });
    }
    let mut header = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': ({shape}), }}");
    // Version 1.0: magic, version and length are ten bytes, and data begins at a multiple of 64.
    let padded = (header.len() + 11).next_multiple_of(64) - 11;
    header.extend(std::iter::repeat_n(' ', padded - header.len()));
    header.push('\n');
    let length = u16::try_from(header.len()).unwrap_or(u16::MAX);
    let fail = |error: std::io::Error| Failure::io(path, &error.kind().into());
    files::write_with(path, |out| {
        let mut head = b"\x93NUMPY\x01\x00".to_vec();
        head.extend(length.to_le_bytes());
        head.extend(header.as_bytes());
        out.write_all(&head).map_err(fail)?;
        values
            .iter()
            .try_for_each(|value| out.write_all(&value.to_le_bytes()).map_err(fail))
    })
}

/// NumPy's word for a type, little-endian.
fn descr(dtype: DType) -> Option<&'static str> {
    Some(match dtype {
        DType::Float64 => "<f8",
        DType::Float32 => "<f4",
        DType::Float16 => "<f2",
        DType::Int64 => "<i8",
        DType::Int32 => "<i4",
        DType::Int16 => "<i2",
        DType::Int8 => "|i1",
        DType::Uint64 => "<u8",
        DType::Uint32 => "<u4",
        DType::Uint16 => "<u2",
        DType::Uint8 => "|u1",
        DType::Bool => "|b1",
        DType::Complex64 => "<c8",
        DType::Complex128 => "<c16",
        _ => return None,
    })
}
