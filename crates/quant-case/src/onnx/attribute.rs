//! A node's attributes as options.

use super::fields::{Fields, wrong};
use crate::recipe::OptionValue;
use crate::textproto::{Field, TextError};

/// The attributes of a node.
pub(super) fn attributes(node: Fields<'_>) -> Result<Vec<(String, OptionValue)>, TextError> {
    node.all("attribute").map(attribute).collect()
}

fn attribute(field: &Field) -> Result<(String, OptionValue), TextError> {
    let fields = Fields::of(field)?;
    let name = fields.text("name")?.to_owned();
    let known = ["i", "f", "s", "ints", "floats"];
    let found = known.into_iter().find(|key| fields.field(key).is_some());
    let value = match found {
        Some("i") => fields.number("i")?.map(OptionValue::Int),
        Some("f") => fields.number("f")?.map(OptionValue::Float),
        Some("s") => Some(OptionValue::Word(fields.text("s")?.to_owned())),
        Some("ints") => Some(OptionValue::Ints(fields.numbers("ints")?)),
        Some("floats") => Some(OptionValue::Floats(fields.numbers("floats")?)),
        _ => None,
    };
    let value = value.or_else(|| empty(fields));
    let unknown = || {
        let what = format!("`{name}` holds no number, text or list of numbers, which is all that cases know");
        TextError::unsupported(field.pos, what)
    };
    match (name.is_empty(), value) {
        (true, _) => Err(wrong(field, "has no name")),
        (_, Some(value)) => Ok((name, value)),
        (_, None) => Err(unknown()),
    }
}

/// An empty list, or a 0 that was left out, by the type that is said.
fn empty(fields: Fields<'_>) -> Option<OptionValue> {
    let said = fields.field("type")?;
    let crate::textproto::Value::Word(word) = &said.value else {
        return None;
    };
    match word.as_str() {
        "FLOAT" | "1" => Some(OptionValue::Float(0.0)),
        "INT" | "2" => Some(OptionValue::Int(0)),
        "STRING" | "3" => Some(OptionValue::Word(String::new())),
        "FLOATS" | "6" => Some(OptionValue::Floats(Vec::new())),
        "INTS" | "7" => Some(OptionValue::Ints(Vec::new())),
        _ => None,
    }
}
