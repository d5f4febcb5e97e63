//! Graphs: the main one, whose fields stand in the recipe itself, and those in `graph { … }`.

use std::collections::{BTreeMap, BTreeSet};

use super::operand::{Contents, operand};
use super::operation::operation;
use super::scalar::string;
use crate::recipe::{Graph, Operand, Pos, RecipeError};
use crate::textproto::Field;

/// Fields of a graph.
pub(super) const FIELDS: [&str; 5] = ["operand", "operation", "input", "output", "name"];

/// A graph that is being read. Constants are filled when all of the recipe is read: until then, nobody knows whether it
/// is small enough.
#[derive(Default)]
pub(super) struct Body {
    graph: Graph,
    contents: Vec<Option<Contents>>,
    /// Names of inputs with their places.
    inputs: Vec<(String, Pos)>,
    /// The same for outputs.
    outputs: Vec<(String, Pos)>,
    /// Names of operands.
    names: BTreeSet<String>,
}

impl Body {
    /// Takes a field; `false` when a graph has no such field. `room` is how many elements the recipe may still have.
    pub(super) fn take(&mut self, field: &Field, room: &mut usize) -> Result<bool, RecipeError> {
        match field.name.as_str() {
            "operand" => {
                let (operand, filler) = operand(field, room)?;
                if !self.names.insert(operand.name.clone()) {
                    let name = &operand.name;
                    let what = format!("operand `{name}` is defined twice; give each its own name");
                    return Err(RecipeError::new(field.pos, what));
                }
                self.graph.operands.push(operand);
                self.contents.push(filler);
            }
            "operation" => self.graph.operations.push(operation(field)?),
            "input" => self.inputs.push((string(field)?, field.value_pos)),
            "output" => self.outputs.push((string(field)?, field.value_pos)),
            "name" => self.graph.name = Some(string(field)?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// The graph: its constants are filled, and its names are checked; when it must be `complete`, something makes
    /// whatever it reads or gives out.
    pub(super) fn finish(mut self, complete: bool) -> Result<Graph, RecipeError> {
        for (operand, contents) in self.graph.operands.iter_mut().zip(&self.contents) {
            if let Some(contents) = contents {
                contents.fill(operand)?;
            }
        }
        let names = |list: &[(String, Pos)]| list.iter().map(|(name, _)| name.clone()).collect();
        (self.graph.inputs, self.graph.outputs) = (names(&self.inputs), names(&self.outputs));
        check_names(&self.graph, &self.inputs, &self.outputs, complete)?;
        Ok(self.graph)
    }
}

fn check_names(
    graph: &Graph,
    inputs: &[(String, Pos)],
    outputs: &[(String, Pos)],
    complete: bool,
) -> Result<(), RecipeError> {
    let undefined =
        |name: &str| format!("operand `{name}` is not defined; add `operand {{ name: \"{name}\" … }}`");
    let operands: BTreeMap<&str, &Operand> = graph.operands.iter().map(|o| (o.name.as_str(), o)).collect();
    for (name, pos) in inputs.iter().chain(outputs) {
        if !operands.contains_key(name.as_str()) {
            return Err(RecipeError::new(*pos, undefined(name)));
        }
    }
    let mut made: BTreeSet<&str> = graph.inputs.iter().map(String::as_str).collect();
    let held = graph
        .operands
        .iter()
        .filter(|o| o.filler.is_some() || o.is_variable);
    let held: BTreeSet<&str> = held.map(|o| o.name.as_str()).collect();
    let later = graph.operations.iter().flat_map(|operation| &operation.outputs);
    let later: BTreeSet<&str> = later.map(String::as_str).collect();
    for operation in &graph.operations {
        let error = |what: String| Err(RecipeError::new(operation.pos, what));
        for input in operation.inputs.iter().filter(|input| !input.is_empty()) {
            if !operands.contains_key(input.as_str()) {
                return error(undefined(input));
            }
            let there = held.contains(input.as_str()) || made.contains(input.as_str());
            if !there && (complete || later.contains(input.as_str())) {
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
            if operand.filler.is_some() || !made.insert(output) {
                return error(format!(
                    "`{output}` is made twice; give each output its own operand"
                ));
            }
        }
    }
    let there = |name: &str| made.contains(name) || held.contains(name);
    let missing = outputs.iter().find(|(name, _)| !there(name));
    match missing {
        Some((name, pos)) if complete => Err(RecipeError::new(
            *pos,
            format!("no operation makes the output `{name}`"),
        )),
        _ => Ok(()),
    }
}
