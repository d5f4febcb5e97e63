//! Quantization parameters as JSON, and the NumPy files that it names: the form of ONE's q-implant.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use quant_case::json;
use quant_core::implant::Parameters;
use quant_core::ir::DType;
use quant_core::value::{Data, Value};

use crate::data::{column, elements};
use crate::failure::{Failure, Result};
use crate::files;

/// Reads the JSON and the arrays that it names: tensors and their parameters, in the order of the file.
pub fn read(path: &Path) -> Result<Vec<(String, Parameters)>> {
    let wrong = |what: String| Failure::Invalid(format!("{}: {what}", path.display()));
    let folder = path.parent().unwrap_or(Path::new(""));
    let text = files::read_text(path)?;
    let tensors = json::object(&text).map_err(|error| {
        wrong(format!(
            "{error}; write an object of tensors, each with dtype, scale, zerop, quantized_dimension"
        ))
    })?;
    let mut all = Vec::with_capacity(tensors.len());
    for (name, entry) in tensors {
        let entry = entry_of(entry.get()).map_err(|error| wrong(format!("tensor `{name}`: {error}")))?;
        let within = |array: &str| format!("{}: tensor `{name}`: {array}", path.display());
        let scale = array(&folder.join(&entry.scale), &within("scale"))?;
        let (&[_], Data::F32(scale)) = (scale.shape.as_slice(), &scale.data) else {
            return Err(wrong(format!(
                "tensor `{name}`: {}: {} of shape {:?}; scales are a list of float32",
                entry.scale,
                scale.dtype(),
                scale.shape
            )));
        };
        let zero_point = array(&folder.join(&entry.zerop), &within("zerop"))?;
        let (&[_], Data::I64(zero_points)) = (zero_point.shape.as_slice(), &zero_point.data) else {
            return Err(wrong(format!(
                "tensor `{name}`: {}: {} of shape {:?}; zero points are a list of int64",
                entry.zerop,
                zero_point.dtype(),
                zero_point.shape
            )));
        };
        let value = match &entry.value {
            Some(file) => Some(array(&folder.join(file), &within("value"))?),
            None => None,
        };
        let parameters = Parameters {
            dtype: entry.dtype,
            scale: scale.to_vec(),
            zero_point: zero_points.clone(),
            quantized_dimension: entry.quantized_dimension,
            value,
        };
        all.push((name, parameters));
    }
    Ok(all)
}

/// The words of one tensor.
struct Entry {
    dtype: DType,
    scale: String,
    zerop: String,
    quantized_dimension: i32,
    value: Option<String>,
}

fn entry_of(text: &str) -> std::result::Result<Entry, String> {
    let string = |value: &str, key: &str| -> std::result::Result<String, String> {
        serde_json::from_str(value).map_err(|_| format!("{key}: write a string"))
    };
    let (mut dtype, mut scale, mut zerop, mut quantized_dimension, mut value) =
        (None, None, None, None, None);
    for (key, text) in json::object(text)? {
        let text = text.get();
        match key.as_str() {
            "dtype" => {
                let word = string(text, "dtype")?.to_ascii_lowercase();
                let known = DType::from_word(&word);
                dtype = Some(known.ok_or_else(|| {
                    format!("dtype: `{word}` is no type; use uint8, int8, int16, int32 or int64")
                })?);
            }
            "scale" => scale = Some(string(text, "scale")?),
            "zerop" => zerop = Some(string(text, "zerop")?),
            "value" => value = Some(string(text, "value")?),
            "quantized_dimension" => {
                let number = serde_json::from_str::<u32>(text)
                    .ok()
                    .and_then(|n| i32::try_from(n).ok());
                quantized_dimension = Some(number.ok_or("quantized_dimension: write a whole number from 0")?);
            }
            _ => {
                return Err(format!(
                    "unknown key `{key}`; known are dtype, scale, zerop, quantized_dimension, value"
                ));
            }
        }
    }
    let missing = |key: &str| format!("`{key}` is missing; add it");
    Ok(Entry {
        dtype: dtype.ok_or_else(|| missing("dtype"))?,
        scale: scale.ok_or_else(|| missing("scale"))?,
        zerop: zerop.ok_or_else(|| missing("zerop"))?,
        quantized_dimension: quantized_dimension.ok_or_else(|| missing("quantized_dimension"))?,
        value,
    })
}

/// Reads a NumPy file whole.
fn array(path: &Path, place: &str) -> Result<Value> {
    let io = |error: std::io::Error| match Failure::io(path, &error) {
        Failure::Io(text) => Failure::Io(format!("{place}: {text}")),
        other => other,
    };
    let wrong = |what: String| Failure::Invalid(format!("{place}: {}: {what}", path.display()));
    let mut file = File::open(path).map_err(io)?;
    let length = file.metadata().map_err(io)?.len();
    let no_header =
        |error: std::io::Error| wrong(format!("no .npy header: {error}; write the file with numpy.save"));
    let header = quant_core::npy::header(&mut file).map_err(no_header)?;
    if header.fortran_order && header.shape.len() > 1 {
        return Err(wrong(
            "it is in column-major order; save numpy.ascontiguousarray(array)".to_owned(),
        ));
    }
    let shape = header.shape;
    // A header may claim any size; what the file holds bounds what is read.
    let claimed = shape.iter().try_fold(1u64, |n, d| n.checked_mul(*d as u64));
    if claimed.is_none_or(|claimed| claimed > length) {
        return Err(wrong(
            "the file is too short for its shape; save the array again".to_owned(),
        ));
    }
    let descr = header.descr;
    let dtype =
        column::dtype(&descr).filter(|dtype| !matches!(dtype, DType::Bool | DType::Float16 | DType::Float64));
    let size = dtype.and_then(|dtype| elements::bytes(dtype, &shape));
    let (Some(dtype), Some(size)) = (dtype, size) else {
        return Err(wrong(format!(
            "its type is {descr}; convert the array with astype"
        )));
    };
    let mut bytes = vec![0; size];
    file.seek(SeekFrom::Start(header.start))
        .and_then(|_| file.read_exact(&mut bytes))
        .map_err(|error| wrong(format!("{error}; save the array again")))?;
    let data = elements::decode(dtype, bytes);
    Ok(Value { shape, data })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_that_claims_gigabytes_takes_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("scale.npy");
        std::fs::write(&path, b"\x93NUMPY\x02\x00\xf0\xff\xff\xff{}").unwrap();
        let error = array(&path, "tensor `x`: scale").unwrap_err().to_string();
        assert!(
            error.contains("scale.npy: no .npy header: it claims 4294967280 bytes"),
            "{error}"
        );
    }
}
