//! Operations and their options.

use super::scalar::{boolean, float, int, int32, message, string, unknown, word};
use crate::operators::{self, FieldKind, OperatorSchema};
use crate::recipe::{Operation, OptionValue, RecipeError};
use crate::textproto::{Field, Pos, Value};

/// Fields of every operation; its options stand beside them.
const FIELDS: [&str; 6] = ["type", "input", "output", "version", "custom_code", "extype"];

/// Reads an operation.
pub(super) fn operation(field: &Field) -> Result<Operation, RecipeError> {
    let fields = message(field)?;
    let (kind, custom_code, schema) = operator(field, fields)?;
    let mut operation = Operation {
        kind,
        custom_code,
        version: None,
        inputs: Vec::new(),
        outputs: Vec::new(),
        options: schema
            .fields
            .iter()
            .map(|f| (f.name.to_owned(), default_of(f.kind)))
            .collect(),
        pos: field.pos,
    };
    for field in fields {
        match field.name.as_str() {
            "type" | "custom_code" | "extype" => {}
            "input" => operation.inputs.push(string(field)?),
            "output" => operation.outputs.push(string(field)?),
            "version" => operation.version = Some(int32(field, "a version")?),
            name if name == schema.options && !name.is_empty() => {
                options(field, schema, &mut operation.options)?;
            }
            // Options of another operator that say nothing.
            name if operators::is_options(name) && field.value == Value::Message(Vec::new()) => {}
            _ => {
                let place = format!("a {} operation", schema.kind);
                let known = FIELDS.into_iter().chain([schema.options]);
                let known: Vec<&str> = known.filter(|n| !n.is_empty()).collect();
                return Err(unknown(field, &place, &known));
            }
        }
    }
    let (fewest, most) = schema.inputs;
    let count = operation.inputs.len();
    if count < fewest || count > most {
        let (limit, bound, hint) = if count > most {
            ("at most ", most, "leave the others out")
        } else {
            ("at least ", fewest, "name an absent one \"\"")
        };
        let limit = if fewest == most { "" } else { limit };
        let wanted = format!("{limit}{bound}");
        let what = format!("{} has {count} inputs, it takes {wanted}; {hint}", schema.kind);
        return Err(RecipeError::new(field.pos, what));
    }
    if operation.outputs.is_empty() && schema.kind != "CallOnce" {
        return Err(RecipeError::new(
            field.pos,
            format!("{} has no output; add `output: \"…\"`", schema.kind),
        ));
    }
    Ok(operation)
}

/// The operator's name here, its code when it is a custom one, and its schema.
fn operator(
    operation: &Field,
    fields: &[Field],
) -> Result<(String, Option<String>, &'static OperatorSchema), RecipeError> {
    let find = |name: &str| fields.iter().find(|field| field.name == name);
    let Some(kind) = find("type") else {
        return Err(RecipeError::new(
            operation.pos,
            "the operation has no `type`; add it, as in `type: \"Conv2D\"`",
        ));
    };
    let kind_pos = kind.value_pos;
    let kind = string(kind)?;
    let extype = find("extype").map(string).transpose()?;
    if kind == "Custom" || extype.as_deref() == Some("Custom") {
        let Some(code) = find("custom_code") else {
            let what = "a custom operation has no `custom_code`; add it, as in `custom_code: \"Erf\"`";
            return Err(RecipeError::new(operation.pos, what));
        };
        let code = string(code)?;
        let schema = operators::custom(&code);
        return Ok(("Custom".to_owned(), Some(code), schema));
    }
    if let Some(field) = find("custom_code").or_else(|| find("extype")) {
        let what = format!("{kind} is no custom operator; write `type: \"Custom\"`, or take this out");
        return Err(RecipeError::new(field.pos, what));
    }
    match operators::find(&kind) {
        Some(schema) => Ok((schema.kind.to_owned(), None, schema)),
        None => Err(not_known(kind_pos, &kind)),
    }
}

fn not_known(pos: Pos, kind: &str) -> RecipeError {
    let known = operators::all().chain(operators::without_kernel());
    let names: Vec<&str> = known.map(|operator| operator.kind).collect();
    let first = |name: &str| name.chars().next().map(|c| c.to_ascii_lowercase());
    let near = names.iter().copied().find(|name| name.eq_ignore_ascii_case(kind));
    let like: Vec<&str> = names
        .into_iter()
        .filter(|name| first(name) == first(kind))
        .collect();
    let hint = match near {
        Some(near) => format!("did you mean `{near}`?"),
        None if like.is_empty() => "custom ones are `type: \"Custom\"` with a `custom_code`".to_owned(),
        None => format!("known with this letter are {}", like.join(", ")),
    };
    RecipeError::unsupported(pos, format!("operator `{kind}` is unknown; {hint}"))
}

fn options(
    field: &Field,
    schema: &OperatorSchema,
    values: &mut [(String, OptionValue)],
) -> Result<(), RecipeError> {
    for field in message(field)? {
        // A custom operator has its own names for what builtin ones name differently.
        let spelled =
            |known: &str| known == field.name || known == operators::field(schema.options, &field.name);
        let known = schema
            .fields
            .iter()
            .zip(values.iter_mut())
            .find(|(known, _)| spelled(known.name));
        let Some((known, (_, value))) = known else {
            let names: Vec<&str> = schema.fields.iter().map(|f| f.name).collect();
            return Err(unknown(field, &format!("`{}`", schema.options), &names));
        };
        match (known.kind, value) {
            (FieldKind::Ints, OptionValue::Ints(list)) => list.push(int(field)?),
            (FieldKind::Floats, OptionValue::Floats(list)) => list.push(float(field)?),
            (FieldKind::Int(_), value) => *value = OptionValue::Int(int(field)?),
            (FieldKind::Float(_), value) => *value = OptionValue::Float(float(field)?),
            (FieldKind::Word(words), value) => *value = OptionValue::Word(word(field, words)?),
            (_, value) => *value = OptionValue::Bool(boolean(field)?),
        }
    }
    Ok(())
}

fn default_of(kind: FieldKind) -> OptionValue {
    match kind {
        FieldKind::Int(x) => OptionValue::Int(x),
        FieldKind::Float(x) => OptionValue::Float(x),
        FieldKind::Bool(x) => OptionValue::Bool(x),
        FieldKind::Word(words) => OptionValue::Word(words.first().copied().unwrap_or_default().to_owned()),
        FieldKind::Ints => OptionValue::Ints(Vec::new()),
        FieldKind::Floats => OptionValue::Floats(Vec::new()),
    }
}
