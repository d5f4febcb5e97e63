//! From the text tree to a checked [`Recipe`].

mod operand;
mod scalar;

use std::collections::{BTreeMap, BTreeSet};

use super::{Operand, Operation, OptionValue, Pos, Recipe, RecipeError};
use crate::layout::file_name;
use crate::limits::MAX_RECIPE_ELEMENTS;
use crate::operators::{self, FieldKind, OperatorSchema};
use crate::textproto::{self, Field};
use operand::operand;
use scalar::{bad, float, int, message, string, unknown, word};

/// Reads a recipe. Every name it uses is defined, every count fits.
///
/// # Errors
/// The first thing that is wrong, as `line:column: what; way out`.
pub fn parse(text: &str) -> Result<Recipe, RecipeError> {
    let mut recipe = Recipe {
        operands: Vec::new(),
        operations: Vec::new(),
        inputs: Vec::new(),
        outputs: Vec::new(),
        version: 1,
    };
    let mut files: BTreeMap<String, String> = BTreeMap::new();
    let mut contents = Vec::new();
    let mut room = MAX_RECIPE_ELEMENTS;
    let mut interface: Vec<(String, Pos)> = Vec::new();
    for field in textproto::parse(text)? {
        match field.name.as_str() {
            "operand" => {
                let (operand, filler) = operand(&field, &mut room)?;
                // Names that give one file would share a golden.
                if let Some(other) = files.insert(file_name(&operand.name), operand.name.clone()) {
                    let name = &operand.name;
                    let what = if other == *name {
                        format!("operand `{name}` is defined twice; give each its own name")
                    } else {
                        format!(
                            "operands `{other}` and `{name}` would have one golden file; rename one of them"
                        )
                    };
                    return Err(RecipeError::new(field.pos, what));
                }
                recipe.operands.push(operand);
                contents.push(filler);
            }
            "operation" => recipe.operations.push(operation(&field)?),
            "input" => {
                interface.push((string(&field)?, field.value_pos));
                recipe.inputs.push(string(&field)?);
            }
            "output" => {
                interface.push((string(&field)?, field.value_pos));
                recipe.outputs.push(string(&field)?);
            }
            "version" => {
                recipe.version = u32::try_from(int(&field)?).map_err(|_| bad(&field, "a version"))?;
            }
            "name" => drop(string(&field)?),
            _ => {
                return Err(unknown(
                    &field,
                    "a recipe",
                    &["operand", "operation", "input", "output", "version", "name"],
                ));
            }
        }
    }
    for (operand, contents) in recipe.operands.iter_mut().zip(contents) {
        if let Some(contents) = contents {
            contents.fill(operand)?;
        }
    }
    if recipe.operations.is_empty() {
        let what = "there is no operation; add `operation { type: … input: … output: … }`";
        return Err(RecipeError::new(Pos { line: 1, column: 1 }, what));
    }
    check_names(&recipe, &interface)?;
    Ok(recipe)
}

fn check_names(recipe: &Recipe, interface: &[(String, Pos)]) -> Result<(), RecipeError> {
    let undefined =
        |name: &str| format!("operand `{name}` is not defined; add `operand {{ name: \"{name}\" … }}`");
    let operands: BTreeMap<&str, &Operand> = recipe.operands.iter().map(|o| (o.name.as_str(), o)).collect();
    for (name, pos) in interface {
        if !operands.contains_key(name.as_str()) {
            return Err(RecipeError::new(*pos, undefined(name)));
        }
    }
    let mut made: BTreeSet<&str> = recipe.inputs.iter().map(String::as_str).collect();
    for operation in &recipe.operations {
        let error = |what: String| Err(RecipeError::new(operation.pos, what));
        for input in operation.inputs.iter().filter(|input| !input.is_empty()) {
            let Some(operand) = operands.get(input.as_str()) else {
                return error(undefined(input));
            };
            if operand.filler.is_none() && !made.contains(input.as_str()) {
                return error(format!(
                    "{} reads `{input}` before anything makes it; list operations in execution order, or give it a filler",
                    operation.kind
                ));
            }
        }
        for output in &operation.outputs {
            let Some(operand) = operands.get(output.as_str()) else {
                return error(undefined(output));
            };
            if operand.filler.is_some() || made.contains(output.as_str()) {
                return error(format!(
                    "`{output}` is made twice; give each output its own operand"
                ));
            }
            made.insert(output);
        }
    }
    match recipe
        .outputs
        .iter()
        .find(|output| !made.contains(output.as_str()))
    {
        Some(output) => {
            let pos = interface
                .iter()
                .find(|(name, _)| name == output)
                .map_or(Pos::default(), |(_, pos)| *pos);
            Err(RecipeError::new(
                pos,
                format!("no operation makes the output `{output}`"),
            ))
        }
        None => Ok(()),
    }
}

fn operation(field: &Field) -> Result<Operation, RecipeError> {
    let fields = message(field)?;
    let kind = fields.iter().find(|field| field.name == "type");
    let Some(kind) = kind else {
        return Err(RecipeError::new(
            field.pos,
            "the operation has no `type`; add it, as in `type: \"Conv2D\"`",
        ));
    };
    let kind_pos = kind.value_pos;
    let kind = string(kind)?;
    let Some(schema) = operators::find(&kind) else {
        let near = operators::all().find(|operator| operator.kind.eq_ignore_ascii_case(&kind));
        let hint = near.map_or_else(
            || {
                format!(
                    "known are {}",
                    operators::all().map(|o| o.kind).collect::<Vec<_>>().join(", ")
                )
            },
            |near| format!("did you mean `{}`?", near.kind),
        );
        return Err(RecipeError::new(
            kind_pos,
            format!("operator `{kind}` is unknown; {hint}"),
        ));
    };
    let mut operation = Operation {
        kind,
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
            "type" => {}
            "input" => operation.inputs.push(string(field)?),
            "output" => operation.outputs.push(string(field)?),
            "version" => drop(int(field)?),
            name if name == schema.options && !name.is_empty() => {
                options(field, schema, &mut operation.options)?;
            }
            _ => {
                let place = format!("a {} operation", schema.kind);
                let known: Vec<&str> = ["type", "input", "output", "version", schema.options]
                    .into_iter()
                    .filter(|n| !n.is_empty())
                    .collect();
                return Err(unknown(field, &place, &known));
            }
        }
    }
    let (fewest, most) = schema.inputs;
    let count = operation.inputs.len();
    if count < fewest || count > most {
        let wanted = if fewest == most {
            fewest.to_string()
        } else {
            format!("at least {fewest}")
        };
        let what = format!(
            "{} has {count} inputs, it takes {wanted}; name an absent one \"\"",
            schema.kind
        );
        return Err(RecipeError::new(field.pos, what));
    }
    if operation.outputs.is_empty() {
        return Err(RecipeError::new(
            field.pos,
            format!("{} has no output; add `output: \"…\"`", schema.kind),
        ));
    }
    Ok(operation)
}

fn options(
    field: &Field,
    schema: &OperatorSchema,
    values: &mut [(String, OptionValue)],
) -> Result<(), RecipeError> {
    for field in message(field)? {
        let known = schema
            .fields
            .iter()
            .zip(values.iter_mut())
            .find(|(known, _)| known.name == field.name);
        let Some((known, (_, value))) = known else {
            let names: Vec<&str> = schema.fields.iter().map(|f| f.name).collect();
            return Err(unknown(field, &format!("`{}`", schema.options), &names));
        };
        match (known.kind, value) {
            (FieldKind::Ints, OptionValue::Ints(list)) => list.push(int(field)?),
            (FieldKind::Int(_), value) => *value = OptionValue::Int(int(field)?),
            (FieldKind::Float(_), value) => *value = OptionValue::Float(float(field)?),
            (FieldKind::Word(words), value) => *value = OptionValue::Word(word(field, words)?),
            (_, value) => *value = OptionValue::Bool(word(field, &["true", "false"])? == "true"),
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
    }
}

#[cfg(test)]
mod tests;
