//! Constants, directly or behind Identity.

use quant_ir::{Error, Problem, Result};
use quant_tensorflow::{DataType, Graph, Node, Tensor};

use super::index::Index;

/// The constant that an input of a node is: a `Const`, or Identities of one.
pub(super) fn constant(graph: &Graph, index: &Index, node: &Node, input: usize) -> Result<Option<Tensor>> {
    let mut at = index.producer(node, input);
    // A chain is no longer than the graph.
    for _ in 0..graph.nodes.len() {
        let Some(number) = at else { return Ok(None) };
        let node = &graph.nodes[number];
        match node.op() {
            "Const" => return node.tensor("value"),
            "Identity" => at = index.producer(node, 0),
            _ => return Ok(None),
        }
    }
    Ok(None)
}

/// Whether an input of a node is a constant of f32.
pub(super) fn is_float(graph: &Graph, index: &Index, node: &Node, input: usize) -> bool {
    let found = constant(graph, index, node, input).ok().flatten();
    found.is_some_and(|tensor| tensor.data_type == DataType::FLOAT)
}

/// The floats of a constant input, with their shape.
pub(super) fn floats(
    graph: &Graph,
    index: &Index,
    node: &Node,
    input: usize,
) -> Result<(Vec<usize>, Vec<f32>)> {
    let tensor = constant(graph, index, node, input)?;
    let found = tensor.and_then(|tensor| Some((tensor.shape.clone(), tensor.to_floats()?)));
    found.ok_or_else(|| {
        let name = node.input_names().nth(input).unwrap_or_default();
        let what = format!("its input {input} (`{name}`) is no constant of floats");
        Error::new(
            node.place(),
            Problem::Malformed(what),
            "freeze the graph, so that variables become constants",
        )
    })
}

/// Drops constants and what is computed from constants alone, beginning with `candidates`, where nobody reads it any more.
/// Those named in `keep` stay.
pub(super) fn sweep(graph: &mut Graph, candidates: &[String], keep: &[String]) -> Result<()> {
    let index = Index::of(graph)?;
    let mut readers: Vec<usize> = (0..graph.nodes.len())
        .map(|number| index.readers(number).len())
        .collect();
    let mut dead = vec![false; graph.nodes.len()];
    let mut open: Vec<usize> = candidates.iter().filter_map(|name| index.number(name)).collect();
    while let Some(number) = open.pop() {
        let node = &graph.nodes[number];
        let passive = matches!(
            node.op(),
            "Const" | "Identity" | "FakeQuantWithMinMaxVars" | "FakeQuantWithMinMaxVarsPerChannel" | "Mul"
        );
        if dead[number] || readers[number] > 0 || !passive || keep.iter().any(|name| name == node.name()) {
            continue;
        }
        dead[number] = true;
        for input in node.inputs()? {
            if let Some(producer) = index.number(input.node) {
                readers[producer] -= 1;
                open.push(producer);
            }
        }
    }
    let mut dead = dead.into_iter();
    graph.nodes.retain(|_| !dead.next().unwrap_or(false));
    Ok(())
}
