//! Fields as the values that they must be.

use crate::operators::numbered;
use crate::recipe::{RecipeError, filler};
use crate::textproto::{Field, Value};

pub(super) fn message(field: &Field) -> Result<&[Field], RecipeError> {
    match &field.value {
        Value::Message(fields) => Ok(fields),
        _ => Err(bad(field, "a message: `{ … }`")),
    }
}

pub(super) fn string(field: &Field) -> Result<String, RecipeError> {
    match &field.value {
        Value::Text(text) => Ok(text.clone()),
        _ => Err(bad(field, "a quoted string")),
    }
}

pub(super) fn int(field: &Field) -> Result<i64, RecipeError> {
    match &field.value {
        Value::Word(word) => word.parse().map_err(|_| bad(field, "an integer")),
        _ => Err(bad(field, "an integer")),
    }
}

pub(super) fn float(field: &Field) -> Result<f32, RecipeError> {
    match &field.value {
        Value::Word(word) => filler::parse_f32(&(word.clone(), field.value_pos)),
        _ => Err(bad(field, "a number")),
    }
}

/// An integer of 32 bits.
pub(super) fn int32(field: &Field, wanted: &str) -> Result<i32, RecipeError> {
    i32::try_from(int(field)?).map_err(|_| bad(field, wanted))
}

/// A message of dimensions: `{ dim: … dim: … }`.
pub(super) fn dims(field: &Field, place: &str) -> Result<Vec<i32>, RecipeError> {
    let one = |dim: &Field| match dim.name.as_str() {
        "dim" => int32(dim, "a dimension"),
        _ => Err(unknown(dim, place, &["dim"])),
    };
    message(field)?.iter().map(one).collect()
}

pub(super) fn boolean(field: &Field) -> Result<bool, RecipeError> {
    match &field.value {
        Value::Word(word) if ["true", "True", "t", "1"].contains(&word.as_str()) => Ok(true),
        Value::Word(word) if ["false", "False", "f", "0"].contains(&word.as_str()) => Ok(false),
        _ => Err(bad(field, "true or false")),
    }
}

/// An enumerator, by name or by number.
pub(super) fn word(field: &Field, allowed: &[&str]) -> Result<String, RecipeError> {
    let Value::Word(word) = &field.value else {
        return Err(bad(field, &format!("one of {}", allowed.join(", "))));
    };
    let number = word.parse().ok();
    let found = allowed.iter().copied().find(|name| name == word);
    let found = found.or_else(|| numbered(number?, allowed));
    found.map(str::to_owned).ok_or_else(|| {
        let what = format!("`{}` takes one of {}", field.name, allowed.join(", "));
        RecipeError::unsupported(field.value_pos, what)
    })
}

pub(super) fn bad(field: &Field, wanted: &str) -> RecipeError {
    RecipeError::new(field.value_pos, format!("`{}` takes {wanted}", field.name))
}

pub(super) fn unknown(field: &Field, place: &str, known: &[&str]) -> RecipeError {
    let known = if known.is_empty() {
        "it has none".to_owned()
    } else {
        format!("known are {}", known.join(", "))
    };
    RecipeError::unsupported(
        field.pos,
        format!("{place} has no field `{}`; {known}", field.name),
    )
}
