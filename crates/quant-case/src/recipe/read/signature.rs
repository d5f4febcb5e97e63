//! Entry points: `signature_def { … }`.

use std::collections::BTreeMap;

use super::scalar::{bad, int, message, string, unknown};
use crate::recipe::{Operand, Pos, Recipe, RecipeError, Signature};
use crate::textproto::Field;

/// Where each operand of a graph stands.
type Operands<'a> = BTreeMap<&'a str, usize>;

/// Reads entry points, when the graphs are known.
pub(super) fn signatures(fields: &[&Field], recipe: &Recipe) -> Result<Vec<Signature>, RecipeError> {
    if fields.is_empty() {
        return Ok(Vec::new());
    }
    let others = recipe.graphs.iter().map(|graph| places(&graph.operands));
    let graphs: Vec<Operands<'_>> = std::iter::once(places(&recipe.operands)).chain(others).collect();
    fields.iter().map(|field| signature(field, &graphs)).collect()
}

fn places(operands: &[Operand]) -> Operands<'_> {
    operands.iter().map(|o| o.name.as_str()).zip(0..).collect()
}

fn signature(field: &Field, graphs: &[Operands<'_>]) -> Result<Signature, RecipeError> {
    let mut signature = Signature::default();
    let fields = message(field)?;
    for field in fields {
        match field.name.as_str() {
            "signature_key" => signature.key = Some(string(field)?),
            "subgraph_index" => {
                signature.graph =
                    u32::try_from(int(field)?).map_err(|_| bad(field, "a number of a graph"))?;
                if graph(graphs, signature.graph).is_none() {
                    let what = format!("graph {} does not exist; 0 is the main one", signature.graph);
                    return Err(RecipeError::new(field.value_pos, what));
                }
            }
            "inputs" | "outputs" => {}
            _ => {
                let known = ["inputs", "outputs", "signature_key", "subgraph_index"];
                return Err(unknown(field, "an entry point", &known));
            }
        }
    }
    let none = Operands::new();
    let operands = graph(graphs, signature.graph).unwrap_or(&none);
    for field in fields {
        match field.name.as_str() {
            "inputs" => signature.inputs.push(entry(field, operands)?),
            "outputs" => signature.outputs.push(entry(field, operands)?),
            _ => {}
        }
    }
    Ok(signature)
}

fn graph<'a>(graphs: &'a [Operands<'a>], number: u32) -> Option<&'a Operands<'a>> {
    graphs.get(usize::try_from(number).ok()?)
}

/// A name at the interface, and the number of its operand.
fn entry(field: &Field, operands: &Operands<'_>) -> Result<(String, u32), RecipeError> {
    let (mut name, mut found): (String, Option<(Option<usize>, Pos, String)>) = (String::new(), None);
    for field in message(field)? {
        match field.name.as_str() {
            "name" => name = string(field)?,
            "tensor" => {
                let tensor = string(field)?;
                let at = operands.get(tensor.as_str()).copied();
                found = Some((at, field.value_pos, format!("operand `{tensor}` is not defined")));
            }
            "tensor_index" => {
                let index = int(field)?;
                let at = usize::try_from(index).ok().filter(|at| *at < operands.len());
                found = Some((at, field.value_pos, format!("operand {index} does not exist")));
            }
            _ => return Err(unknown(field, "a name", &["name", "tensor", "tensor_index"])),
        }
    }
    let what = "it names no operand; add `tensor` or `tensor_index`";
    let (at, pos, what) = found.unwrap_or((None, field.pos, what.to_owned()));
    match at.map(u32::try_from) {
        Some(Ok(number)) => Ok((name, number)),
        _ => Err(RecipeError::new(pos, what)),
    }
}
