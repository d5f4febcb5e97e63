//! Raw bytes as the elements of a graph input.

use half::f16;
use quant_core::ir::{DType, Tensor};
use quant_core::value::{Data, Value};
use quant_core::{Error, Place, Problem, Result};

/// The elements of little-endian bytes. A bool is a byte that is not 0.
pub fn decode(dtype: DType, bytes: Vec<u8>) -> Data {
    macro_rules! numbers {
        ($variant:ident, $type:ty) => {
            Data::$variant(
                bytes
                    .as_chunks()
                    .0
                    .iter()
                    .map(|b| <$type>::from_le_bytes(*b))
                    .collect(),
            )
        };
    }
    match dtype {
        DType::Int16 => numbers!(I16, i16),
        DType::Int32 => numbers!(I32, i32),
        DType::Int64 => numbers!(I64, i64),
        DType::Int8 => numbers!(I8, i8),
        DType::Uint8 => Data::U8(bytes),
        DType::Float16 => numbers!(F16, f16),
        DType::Bool => Data::Bool(bytes.iter().map(|b| *b != 0).collect()),
        _ => numbers!(F32, f32),
    }
}

/// Whether [`decode`] knows the type.
fn decodes(dtype: DType) -> bool {
    use DType::{Bool, Float32, Int8, Int16, Int32, Int64, Uint8};
    matches!(dtype, Float32 | Int32 | Int64 | Int16 | Int8 | Uint8 | Bool)
}

/// The shape of a graph input.
///
/// # Errors
/// A dimension that is not known, no elements, or a type that records cannot have.
pub fn shape(input: &Tensor) -> Result<Vec<usize>> {
    let place = || Place::tensor("input", &input.name);
    let dims: Option<Vec<usize>> = input.shape.iter().map(|d| usize::try_from(*d).ok()).collect();
    let dims = dims.ok_or_else(|| {
        let what = format!("it has an unknown dimension: {:?}", input.shape);
        Error::new(place(), Problem::Shape(what), "fix the model's input shape")
    })?;
    if dims.contains(&0) {
        let what = format!("it is a zero-sized input: {dims:?}");
        return Err(Error::new(
            place(),
            Problem::Shape(what),
            "fix the model's input shape",
        ));
    }
    if !decodes(input.dtype) {
        let what = format!("records of type {} are not read", input.dtype);
        return Err(Error::new(
            place(),
            Problem::UnsupportedType(what),
            "let the model cast another type",
        ));
    }
    Ok(dims)
}

/// Bytes of a value of that shape; `None` beyond what memory can have.
pub fn bytes(dtype: DType, shape: &[usize]) -> Option<usize> {
    dtype.bytes(shape.iter().try_fold(1_usize, |n, d| n.checked_mul(*d))?)
}

/// What the bytes of one record are: one shape and its bytes for each graph input.
pub struct Layout {
    parts: Vec<(DType, Vec<usize>, usize)>,
    /// Bytes of all inputs.
    pub total: usize,
}

impl Layout {
    /// The layout for a model's inputs.
    ///
    /// # Errors
    /// As [`shape`].
    pub fn new(inputs: &[Tensor]) -> Result<Self> {
        let mut parts = Vec::with_capacity(inputs.len());
        let mut total = 0_usize;
        for input in inputs {
            let shape = shape(input)?;
            let size = bytes(input.dtype, &shape);
            let sum = size.and_then(|size| total.checked_add(size));
            let (Some(size), Some(sum)) = (size, sum) else {
                let what = format!("shape {shape:?} is beyond all memory");
                return Err(Error::new(
                    Place::tensor("input", &input.name),
                    Problem::Shape(what),
                    "fix the model's input shape",
                ));
            };
            total = sum;
            parts.push((input.dtype, shape, size));
        }
        Ok(Self { parts, total })
    }

    /// How many inputs there are.
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// Bytes of the input `index`.
    pub fn size(&self, index: usize) -> usize {
        self.parts.get(index).map_or(0, |part| part.2)
    }

    /// The value of the input `index`, of [`Self::size`] bytes.
    pub fn value(&self, index: usize, bytes: Vec<u8>) -> Value {
        let (dtype, shape, _) = &self.parts[index];
        Value {
            shape: shape.clone(),
            data: decode(*dtype, bytes),
        }
    }
}
