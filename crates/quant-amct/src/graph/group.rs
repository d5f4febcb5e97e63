//! A layer with its bias.

use quant_ir::Result;
use quant_tensorflow::Graph;

use super::consts::{constant, is_float};
use super::index::Index;
use crate::layer::Kind;

/// A layer, and the node that adds a constant to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Number of the layer's node.
    pub layer: usize,
    /// Number of the node that adds its bias: a BiasAdd, behind a MatMul also an Add of a vector.
    pub bias: Option<usize>,
}

impl Group {
    /// The node whose output is that of the layer with its bias.
    pub fn tail(&self) -> usize {
        self.bias.unwrap_or(self.layer)
    }
}

/// The group of the layer at `layer`. A bias belongs to it when nobody else reads the layer, and it is no output of the
/// graph (`keep`).
///
/// # Errors
/// The graph is malformed.
pub fn group(graph: &Graph, layer: usize, kind: Kind, keep: &[String]) -> Result<Group> {
    of(graph, &Index::of(graph)?, layer, kind, keep)
}

pub(super) fn of(graph: &Graph, index: &Index, layer: usize, kind: Kind, keep: &[String]) -> Result<Group> {
    let none = Group { layer, bias: None };
    let name = graph.nodes[layer].name();
    let [reader] = index.readers(layer) else {
        return Ok(none);
    };
    let node = &graph.nodes[*reader];
    let reads =
        node.input_names().next() == Some(name) || node.input_names().next() == Some(&format!("{name}:0"));
    if !kind.weights() || !reads || keep.iter().any(|output| output == name) {
        return Ok(none);
    }
    let is_bias = match node.op() {
        "BiasAdd" => is_float(graph, index, node, 1),
        "Add" | "AddV2" if kind == Kind::MatMul => {
            is_float(graph, index, node, 1)
                && constant(graph, index, node, 1)?.is_some_and(|tensor| tensor.shape.len() == 1)
        }
        _ => false,
    };
    Ok(Group {
        layer,
        bias: is_bias.then_some(*reader),
    })
}
