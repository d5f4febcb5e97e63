//! Tensors: a view of a storage.

use crate::dtype::DType;
use crate::error::{Error, Problem, Result};
use crate::limits::MAX_ELEMENTS;
use crate::storage::Payload;

/// A tensor with what is needed to read it.
#[derive(Clone, Debug)]
pub struct Tensor {
    /// Element type.
    pub dtype: DType,
    /// Dimensions.
    pub shape: Vec<usize>,
    /// Elements from one index to the next, for each dimension.
    pub strides: Vec<usize>,
    /// Whether training computes its gradient.
    pub requires_grad: bool,
    /// The whole storage.
    pub(crate) storage: Payload,
    /// The first element.
    pub(crate) offset: usize,
}

/// The place of the last element in its storage; `None` beyond what can be counted.
pub(crate) fn last_element(offset: usize, shape: &[usize], strides: &[usize]) -> Option<usize> {
    shape
        .iter()
        .zip(strides)
        .try_fold(offset, |last, (size, stride)| {
            last.checked_add(size.saturating_sub(1).checked_mul(*stride)?)
        })
}

/// The strides of a tensor whose elements lie one behind the other, the last dimension fastest.
pub fn contiguous_strides(shape: &[usize]) -> Vec<usize> {
    let mut strides = vec![1usize; shape.len()];
    for at in (1..shape.len()).rev() {
        strides[at - 1] = strides[at].saturating_mul(shape[at].max(1));
    }
    strides
}

impl Tensor {
    /// How many elements it has; at most [`MAX_ELEMENTS`].
    ///
    /// # Errors
    /// There are more.
    pub fn count(&self) -> Result<usize> {
        let count = self
            .shape
            .iter()
            .try_fold(1usize, |count, n| count.checked_mul(*n));
        count.filter(|count| *count <= MAX_ELEMENTS).ok_or_else(|| {
            let what = format!(
                "a tensor of shape {:?} has more than {MAX_ELEMENTS} elements",
                self.shape
            );
            Error::new("", Problem::Limit(what), "split the tensor")
        })
    }

    /// Whether its elements lie one behind the other, the last dimension fastest.
    pub fn is_contiguous(&self) -> bool {
        let plain = contiguous_strides(&self.shape);
        let steps = self.shape.iter().zip(self.strides.iter().zip(&plain));
        self.shape.contains(&0) || { steps }.all(|(size, (stride, plain))| *size == 1 || stride == plain)
    }

    /// The same elements in the order of memory, as a tensor of one dimension; `None` when they leave gaps or
    /// lie on each other.
    pub fn dense(&self) -> Option<Self> {
        let mut dimensions: Vec<(usize, usize)> = self
            .strides
            .iter()
            .copied()
            .zip(self.shape.iter().copied())
            .collect();
        dimensions.retain(|(_, size)| *size != 1);
        dimensions.sort_unstable();
        let mut count = 1usize;
        for (stride, size) in dimensions {
            if stride != count {
                return None;
            }
            count = count.checked_mul(size)?;
        }
        Some(Self {
            shape: vec![count],
            strides: vec![1],
            ..self.clone()
        })
    }

    /// The bytes of the elements, row-major.
    ///
    /// # Errors
    /// There are too many, or they cannot be read.
    pub fn read_bytes(&self) -> Result<Vec<u8>> {
        let (count, size) = (self.count()?, self.dtype.size());
        if count == 0 {
            return Ok(Vec::new());
        }
        if self.is_contiguous() {
            return self
                .storage
                .part(self.offset as u64 * size, count as u64 * size)?
                .read();
        }
        let last = last_element(0, &self.shape, &self.strides).unwrap_or(0);
        let span = self
            .storage
            .part(self.offset as u64 * size, (last as u64 + 1) * size)?;
        let (span, size) = (span.read()?, size as usize);
        let mut bytes = Vec::with_capacity(count * size);
        let mut index = vec![0; self.shape.len()];
        let mut at = 0;
        for _ in 0..count {
            bytes.extend_from_slice(span.get(at * size..(at + 1) * size).unwrap_or_default());
            for axis in (0..index.len()).rev() {
                index[axis] += 1;
                at += self.strides[axis];
                if index[axis] < self.shape[axis] {
                    break;
                }
                at -= self.strides[axis] * self.shape[axis];
                index[axis] = 0;
            }
        }
        Ok(bytes)
    }

    /// Hands on the elements, piece by piece, of a tensor of singles that [is contiguous](Self::is_contiguous).
    ///
    /// # Errors
    /// It is another tensor, or cannot be read.
    pub fn pieces_f32(&self, take: &mut dyn FnMut(&[f32]) -> Result<()>) -> Result<()> {
        self.wants(DType::Float)?;
        if !self.is_contiguous() {
            return take(&self.read_f32()?);
        }
        let part = self
            .storage
            .part(self.offset as u64 * 4, self.count()? as u64 * 4)?;
        let mut floats = Vec::new();
        part.pieces(&mut |bytes| {
            floats.clear();
            floats.extend(
                bytes
                    .as_chunks::<4>()
                    .0
                    .iter()
                    .map(|bytes| f32::from_le_bytes(*bytes)),
            );
            take(&floats)
        })
    }

    fn wants(&self, dtype: DType) -> Result<()> {
        if self.dtype == dtype {
            return Ok(());
        }
        let what = format!(
            "the tensor is of type {}, not {}",
            self.dtype.class(),
            dtype.class()
        );
        Err(Error::new(
            "",
            Problem::Type(what),
            "convert it, as with .float(), before saving",
        ))
    }

    /// The elements of a tensor of singles, row-major.
    ///
    /// # Errors
    /// It is of another type, or cannot be read.
    pub fn read_f32(&self) -> Result<Vec<f32>> {
        self.wants(DType::Float)?;
        if self.is_contiguous() {
            let mut floats = Vec::with_capacity(self.count()?);
            self.pieces_f32(&mut |piece| {
                floats.extend_from_slice(piece);
                Ok(())
            })?;
            return Ok(floats);
        }
        let bytes = self.read_bytes()?;
        Ok(bytes
            .as_chunks::<4>()
            .0
            .iter()
            .map(|bytes| f32::from_le_bytes(*bytes))
            .collect())
    }

    /// The elements of a tensor of real numbers, row-major. Integers beyond 2⁵³ are rounded.
    ///
    /// # Errors
    /// It is of another type, or cannot be read.
    pub fn read_f64(&self) -> Result<Vec<f64>> {
        fn each<const N: usize>(bytes: &[u8], number: fn([u8; N]) -> f64) -> Vec<f64> {
            bytes
                .as_chunks::<N>()
                .0
                .iter()
                .map(|bytes| number(*bytes))
                .collect()
        }
        let bytes = self.read_bytes()?;
        Ok(match self.dtype {
            DType::Float => each(&bytes, |b| f64::from(f32::from_le_bytes(b))),
            DType::Double => each(&bytes, f64::from_le_bytes),
            DType::Half => each(&bytes, |b| half(u16::from_le_bytes(b))),
            DType::BFloat16 => each(&bytes, |b: [u8; 2]| {
                f64::from(f32::from_bits(u32::from(u16::from_le_bytes(b)) << 16))
            }),
            DType::Long => each(&bytes, |b| i64::from_le_bytes(b) as f64),
            DType::Int => each(&bytes, |b| f64::from(i32::from_le_bytes(b))),
            DType::Short => each(&bytes, |b| f64::from(i16::from_le_bytes(b))),
            DType::Char => each(&bytes, |b| f64::from(i8::from_le_bytes(b))),
            DType::Byte => each(&bytes, |b| f64::from(u8::from_le_bytes(b))),
            DType::Bool => each(&bytes, |b: [u8; 1]| f64::from(u8::from(b != [0]))),
            _ => {
                let what = format!("elements of type {} are no real numbers", self.dtype.class());
                return Err(Error::new(
                    "",
                    Problem::Type(what),
                    "convert the tensor before saving",
                ));
            }
        })
    }
}

/// An IEEE half: 1 bit sign, 5 bits exponent, 10 bits fraction.
fn half(bits: u16) -> f64 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 31), f64::from(bits & 0x3ff));
    let size = match exponent {
        0 => fraction * 2f64.powi(-24),
        31 if fraction == 0.0 => f64::INFINITY,
        31 => f64::NAN,
        _ => (1024.0 + fraction) * 2f64.powi(exponent - 25),
    };
    if bits >> 15 == 1 { -size } else { size }
}
