//! Integers of constants, and the floats that they stand for: `(q − zero point) · scale` in float32.

use quant_ir::{DType, QuantParam, Result};

use super::state::{Ints, refuse};

fn each<const N: usize>(bytes: &[u8], of: impl Fn([u8; N]) -> i64) -> Vec<i64> {
    bytes.as_chunks().0.iter().map(|chunk| of(*chunk)).collect()
}

/// The integers of bytes; `None` for floats.
pub(super) fn integers(dtype: DType, bytes: &[u8]) -> Option<Vec<i64>> {
    let low = |byte: &u8| [byte & 15, byte >> 4];
    Some(match dtype {
        DType::Int8 => each(bytes, |x| i8::from_le_bytes(x).into()),
        DType::Uint8 => each(bytes, |x| u8::from_le_bytes(x).into()),
        DType::Int16 => each(bytes, |x| i16::from_le_bytes(x).into()),
        DType::Uint16 => each(bytes, |x| u16::from_le_bytes(x).into()),
        DType::Int32 => each(bytes, |x| i32::from_le_bytes(x).into()),
        DType::Uint4 => bytes.iter().flat_map(low).map(i64::from).collect(),
        DType::Int4 => {
            let signed = |part: u8| {
                let value = i64::from(part);
                if value > 7 {
                    value.saturating_sub(16)
                } else {
                    value
                }
            };
            bytes.iter().flat_map(low).map(signed).collect()
        }
        _ => return None,
    })
}

/// As many as the shape has: the last byte of smaller types may be filled in part.
pub(super) fn integers_of(dtype: DType, bytes: &[u8], shape: &[usize]) -> Option<Vec<i64>> {
    let mut all = integers(dtype, bytes)?;
    all.truncate(shape.iter().product());
    Some(all)
}

#[allow(clippy::as_conversions, clippy::arithmetic_side_effects)] // integers of 16 bits, and bias of 32 as ONNX rounds it
pub(super) fn float(q: i64, zero: i64, scale: f32) -> f32 {
    (q - zero) as f32 * scale
}

/// With one scale, or one for each index of an axis.
pub(super) fn floats(
    integers: &[i64],
    shape: &[usize],
    scales: &[f32],
    zeros: &[i64],
    axis: usize,
) -> Option<Vec<f32>> {
    let inner: usize = shape.iter().skip(axis.saturating_add(1)).product();
    if scales.len() > 1 && shape.get(axis) != Some(&scales.len()) {
        return None;
    }
    let found = integers.iter().enumerate().map(|(at, q)| {
        let channel = at.checked_div(inner.max(1))?.checked_rem(scales.len())?;
        Some(float(*q, *zeros.get(channel)?, *scales.get(channel)?))
    });
    found.collect()
}

/// With a scale for each block along an axis; `of` is the shape of the scales.
pub(super) fn blocks(
    integers: &[i64],
    shape: &[usize],
    (scales, zeros): (&[f32], &[i64]),
    axis: usize,
    (block, of): (usize, &[usize]),
) -> Option<Vec<f32>> {
    if of.len() != shape.len() {
        return None;
    }
    let found = integers.iter().enumerate().map(|(number, q)| {
        let mut rest = number;
        let mut places = Vec::new();
        for size in shape.iter().rev() {
            places.push(rest.checked_rem(*size)?);
            rest = rest.checked_div(*size)?;
        }
        places.reverse();
        let mut at = 0usize;
        for (dimension, (place, size)) in places.into_iter().zip(of).enumerate() {
            let place = if dimension == axis {
                place.checked_div(block)?
            } else {
                place
            };
            if place >= *size {
                return None;
            }
            at = at.checked_mul(*size)?.checked_add(place)?;
        }
        Some(float(*q, *zeros.get(at)?, *scales.get(at)?))
    });
    found.collect()
}

/// Parameters of weights as a model has them: uint8, or int8, which those of 4 bits are, too.
pub(super) fn weights(scales: &[f32], zeros: &[i64], dtype: DType, axis: usize) -> Result<Ints> {
    let dtype = match dtype {
        DType::Uint8 => DType::Uint8,
        DType::Int8 | DType::Int4 | DType::Uint4 => DType::Int8,
        other => {
            return refuse(
                format!("weights of {}", other.word()),
                "integers of 8 bits and fewer are lowered",
            );
        }
    };
    let params = QuantParam {
        scale: scales.to_vec(),
        zero_point: zeros.to_vec(),
        quantized_dimension: i32::try_from(axis).unwrap_or_default(),
        ..QuantParam::default()
    };
    Ok(Ints { params, dtype })
}
