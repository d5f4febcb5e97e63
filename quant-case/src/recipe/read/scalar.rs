//! Fields as the values that they must be.

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

pub(super) fn word(field: &Field, allowed: &[&str]) -> Result<String, RecipeError> {
    match &field.value {
        Value::Word(word) if allowed.contains(&word.as_str()) => Ok(word.clone()),
        _ => Err(bad(field, &format!("one of {}", allowed.join(", ")))),
    }
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
    RecipeError::new(
        field.pos,
        format!("{place} has no field `{}`; {known}", field.name),
    )
}
