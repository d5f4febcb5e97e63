//! Nodes that somebody names, and those that are meant when nobody does.

use std::collections::{BTreeMap, BTreeSet};

use quant_ir::{Error, Place, Problem, Result};

use crate::graph::Graph;
use crate::node::Input;

/// Nodes that are no results, though nobody reads them.
const NO_RESULTS: &[&str] = &["NoOp", "Placeholder", "Assert"];

/// The node that somebody named, and which of its outputs.
pub(super) fn find(role: &'static str, name: &str, names: &BTreeMap<&str, usize>) -> Result<(usize, usize)> {
    let place = || Place::tensor(role, name);
    let input = Input::parse(name).map_err(|error| error.within(place()))?;
    let output = input.output.ok_or_else(|| {
        Error::new(
            place(),
            Problem::Parse("it names no output".into()),
            "write `name` or `name:1`",
        )
    })?;
    let number = names.get(input.node).ok_or_else(|| {
        let problem = Problem::UnknownName {
            name: name.to_owned(),
            text: Some("the graph has no node of that name".to_owned()),
        };
        Error::new(place(), problem, near(input.node, names))
    })?;
    Ok((*number, output))
}

/// Names that are near to one that is not there.
fn near(name: &str, names: &BTreeMap<&str, usize>) -> String {
    let mut near: Vec<(f64, &str)> = names
        .keys()
        // Longer names are not compared letter by letter.
        .filter(|known| known.len() <= 512 && name.len() <= 512)
        .map(|known| (strsim::jaro_winkler(name, known), *known))
        .filter(|(likeness, _)| *likeness > 0.8)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let near: Vec<String> = near.iter().take(3).map(|(_, name)| format!("`{name}`")).collect();
    if near.is_empty() {
        return "the graph lists its nodes as text (.pbtxt)".to_owned();
    }
    format!("near to it: {}", near.join(", "))
}

impl Graph {
    /// The names of the nodes that nobody reads, and that depend on a placeholder, in their order: what a lowering takes for
    /// outputs when none are named. Nothing is lowered, so that shapes may be open and operators of any kind.
    ///
    /// # Errors
    /// There is none, or a node names its inputs in a way that cannot be read.
    pub fn results(&self) -> Result<Vec<String>> {
        let names = self.nodes.iter().enumerate();
        let names: BTreeMap<&str, usize> = names.map(|(number, node)| (node.name(), number)).collect();
        let results = unread(self, &names)?.into_iter();
        let results = results.filter_map(|number| self.nodes.get(number));
        Ok(results.map(|node| node.name().to_owned()).collect())
    }
}

/// The nodes that nobody reads, and that depend on an input.
pub(super) fn unread(graph: &Graph, names: &BTreeMap<&str, usize>) -> Result<Vec<usize>> {
    let mut readers: Vec<Vec<usize>> = vec![Vec::new(); graph.nodes.len()];
    for (number, node) in graph.nodes.iter().enumerate() {
        for input in node.inputs()?.into_iter().filter(|input| input.output.is_some()) {
            let read = names.get(input.node).and_then(|read| readers.get_mut(*read));
            if let Some(readers) = read {
                readers.push(number);
            }
        }
    }
    let of_op = |op: &str, number: &usize| graph.nodes.get(*number).is_some_and(|node| node.op() == op);
    let numbers = 0..graph.nodes.len();
    let mut reached: BTreeSet<usize> = numbers.filter(|number| of_op("Placeholder", number)).collect();
    let mut open: Vec<usize> = reached.iter().copied().collect();
    while let Some(number) = open.pop() {
        let next = readers.get(number).into_iter().flatten();
        open.extend(next.filter(|next| reached.insert(**next)));
    }
    let last = |number: &usize| readers.get(*number).is_some_and(Vec::is_empty);
    let no_result = |number: &usize| NO_RESULTS.iter().any(|op| of_op(op, number));
    let mut results: Vec<usize> = reached.into_iter().collect();
    results.retain(|number| last(number) && !no_result(number));
    if results.is_empty() {
        let problem = Problem::Missing("the graph has no node that nobody reads".into());
        return Err(Error::new("", problem, "name the outputs with --outputs"));
    }
    Ok(results)
}
