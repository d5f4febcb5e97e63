//! Constants of a graph: element types, sizes, elements.

use super::fields::{Fields, wrong};
use super::operand::operand;
use crate::limits::MAX_RECIPE_ELEMENTS;
use crate::recipe::{Filler, Operand, RecipeError};
use crate::textproto::{Field, Value};

type Result<T> = std::result::Result<T, RecipeError>;

/// An element type by its number.
pub(super) fn dtype(field: &Field, number: i32) -> Result<String> {
    let name = match number {
        1 => "FLOAT32",
        2 => "UINT8",
        3 => "INT8",
        6 => "INT32",
        7 => "INT64",
        9 => "BOOL",
        _ => {
            let what = format!("element type {number} is no part of cases, which have f32 and integers");
            return Err(RecipeError::unsupported(field.pos, what));
        }
    };
    Ok(name.to_owned())
}

/// All constants of a graph.
pub(super) fn constants(graph: Fields<'_>) -> Result<Vec<Operand>> {
    let mut left = MAX_RECIPE_ELEMENTS;
    let one = |field| {
        let constant = constant(field, left)?;
        left = left.saturating_sub(constant.1);
        Ok(constant.0)
    };
    graph.all("initializer").map(one).collect()
}

/// A constant, and how many elements it has; at most so many.
fn constant(field: &Field, most: usize) -> Result<(Operand, usize)> {
    let tensor = Fields::of(field)?;
    if tensor.field("external_data").is_some() {
        let what = "elements in other files are no part of cases; write them into the model";
        return Err(RecipeError::unsupported(field.pos, what));
    }
    let name = tensor.text("name")?;
    let kind: i32 = tensor.number("data_type")?.unwrap_or_default();
    let dtype = dtype(field, kind)?;
    let shape: Vec<i32> = tensor.numbers("dims")?;
    let mut sizes = shape.iter().map(|size| usize::try_from(*size).ok());
    let count = sizes.try_fold(1usize, |count, size| count.checked_mul(size?));
    let Some(count) = count.filter(|count| *count <= most) else {
        let what = format!("`{name}` has more elements than cases have ({MAX_RECIPE_ELEMENTS} in all)");
        return Err(RecipeError::unsupported(field.pos, what));
    };
    let filler = match (tensor.field("raw_data"), kind) {
        (Some(raw), _) => self::raw(raw, kind)?,
        (None, 1) => Filler::Float(tensor.numbers("float_data")?),
        (None, 7) => Filler::Int(tensor.numbers("int64_data")?),
        (None, _) => Filler::Int(tensor.numbers("int32_data")?),
    };
    let (found, finite) = match &filler {
        Filler::Float(values) => (values.len(), values.iter().all(|x| x.is_finite())),
        Filler::Int(values) => (values.len(), true),
        Filler::Text(_) | Filler::InFile => (0, true),
    };
    if found != count {
        return Err(wrong(
            field,
            &format!("`{name}` has {found} elements, its dims say {count}"),
        ));
    }
    if !finite {
        return Err(wrong(
            field,
            &format!("`{name}` holds a number that is not finite"),
        ));
    }
    let operand = Operand {
        dtype,
        shape,
        filler: Some(filler),
        ..operand(name, field.pos)
    };
    Ok((operand, count))
}

/// Elements in the order of memory, the low byte first.
fn raw(field: &Field, kind: i32) -> Result<Filler> {
    let Value::Text(text) = &field.value else {
        return Err(wrong(field, "is no text in quotes"));
    };
    let bytes: Option<Vec<u8>> = text.chars().map(|c| u8::try_from(c).ok()).collect();
    let bytes = bytes.ok_or_else(|| wrong(field, "has a character that is no byte"))?;
    let (filler, rest) = match kind {
        1 => {
            let (parts, rest) = bytes.as_chunks();
            let floats = parts.iter().map(|part| f32::from_le_bytes(*part));
            (Filler::Float(floats.collect()), rest.len())
        }
        7 => ints(&bytes, i64::from_le_bytes),
        6 => ints(&bytes, |part| i32::from_le_bytes(part).into()),
        3 => ints(&bytes, |part| i8::from_le_bytes(part).into()),
        _ => ints(&bytes, |[byte]| byte.into()),
    };
    if rest != 0 {
        return Err(wrong(field, "has bytes of half an element"));
    }
    Ok(filler)
}

/// Integers, and how many bytes are left.
fn ints<const N: usize>(bytes: &[u8], of: impl Fn([u8; N]) -> i64) -> (Filler, usize) {
    let (parts, rest) = bytes.as_chunks();
    (
        Filler::Int(parts.iter().map(|part| of(*part)).collect()),
        rest.len(),
    )
}
