//! From the text tree to a checked [`Recipe`].

mod graph;
mod operand;
mod operation;
mod scalar;
mod signature;
mod sparsity;

use std::collections::BTreeMap;

use super::{Graph, Operation, OptionValue, Pos, Recipe, RecipeError};
use crate::limits::MAX_RECIPE_ELEMENTS;
use crate::names::file_name;
use crate::textproto;
use graph::Body;
pub use operand::TYPES;
use scalar::{bad, boolean, int, message, unknown, word};

/// Reads a recipe. Every name it uses is defined, every count fits.
///
/// Tensors that nothing makes are carried, as in files; running the model names them. See [`parse_complete`].
///
/// # Errors
/// The first thing that is wrong or unknown, as `line:column: what; way out`.
pub fn parse(text: &str) -> Result<Recipe, RecipeError> {
    read(text, false)
}

/// Reads a recipe whose model can run: whatever it reads or gives out is made by something.
///
/// # Errors
/// As [`parse`]; the first tensor that nothing makes.
pub fn parse_complete(text: &str) -> Result<Recipe, RecipeError> {
    read(text, true)
}

fn read(text: &str, complete: bool) -> Result<Recipe, RecipeError> {
    let (mut main, mut graphs) = (Body::default(), Vec::new());
    let mut signatures = Vec::new();
    let (mut version, mut external, mut channels_first) = (1, false, false);
    let mut room = MAX_RECIPE_ELEMENTS;
    let fields = textproto::parse(text)?;
    for field in &fields {
        match field.name.as_str() {
            "graph" => {
                let mut body = Body::default();
                for field in message(field)? {
                    if !body.take(field, &mut room)? {
                        return Err(unknown(field, "a graph", &graph::FIELDS));
                    }
                }
                graphs.push(body);
            }
            "signature_def" => signatures.push(field),
            "version" => version = u32::try_from(int(field)?).map_err(|_| bad(field, "a version"))?,
            "ext_offset" => external = boolean(field)?,
            "data_format" => {
                channels_first = word(field, &["CHANNELS_LAST", "CHANNELS_FIRST"])? == "CHANNELS_FIRST";
            }
            _ if main.take(field, &mut room)? => {}
            _ => {
                let others = ["version", "graph", "signature_def", "ext_offset", "data_format"];
                let known: Vec<&str> = graph::FIELDS.into_iter().chain(others).collect();
                return Err(unknown(field, "a recipe", &known));
            }
        }
    }
    let Graph {
        name,
        operands,
        operations,
        inputs,
        outputs,
    } = main.finish(complete)?;
    let mut recipe = Recipe {
        operands,
        operations,
        inputs,
        outputs,
        version,
        name,
        channels_first,
        graphs: graphs
            .into_iter()
            .map(|body| body.finish(complete))
            .collect::<Result<_, _>>()?,
        signatures: Vec::new(),
        external,
    };
    if recipe.operands.is_empty() {
        let what = "there is no operand; add `operand { name: … type: … shape { … } }`";
        return Err(RecipeError::new(Pos { line: 1, column: 1 }, what));
    }
    check_files(&recipe)?;
    check_calls(&recipe)?;
    recipe.signatures = signature::signatures(&signatures, &recipe)?;
    Ok(recipe)
}

/// Names of operands that give one file would share a golden.
fn check_files(recipe: &Recipe) -> Result<(), RecipeError> {
    let mut files: BTreeMap<String, &str> = BTreeMap::new();
    for operand in &recipe.operands {
        let name = &operand.name;
        if let Some(other) = files.insert(file_name(name), name) {
            let what =
                format!("operands `{other}` and `{name}` would have one golden file; rename one of them");
            return Err(RecipeError::new(operand.pos, what));
        }
    }
    Ok(())
}

/// Operators call graphs that exist.
fn check_calls(recipe: &Recipe) -> Result<(), RecipeError> {
    let others = recipe.graphs.iter().flat_map(|graph| &graph.operations);
    for operation in recipe.operations.iter().chain(others) {
        for (field, value) in called(operation) {
            if usize::try_from(value).is_ok_and(|number| number <= recipe.graphs.len()) {
                continue;
            }
            let what = format!(
                "{} calls graph {value} as its `{field}`, which does not exist; add `graph {{ … }}`, 0 is the main one",
                operation.kind
            );
            return Err(RecipeError::new(operation.pos, what));
        }
    }
    Ok(())
}

/// The options of an operation that are numbers of graphs.
fn called(operation: &Operation) -> impl Iterator<Item = (&str, i64)> {
    operation.options.iter().filter_map(|(name, value)| match value {
        OptionValue::Int(number) if name.ends_with("subgraph_index") => Some((name.as_str(), *number)),
        _ => None,
    })
}

#[cfg(test)]
mod grammar_tests;
#[cfg(test)]
mod operand_tests;
#[cfg(test)]
mod tests;
