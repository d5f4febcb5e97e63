//! Which nodes of a graph can be quantized.

use quant_ir::Result;
use quant_tensorflow::{DataType, Graph, List, Node};

use super::consts::{constant, is_float};
use super::index::Index;
use crate::layer::{Kind, Layer};

/// All nodes of a graph as a configuration sees them, in their order.
///
/// # Errors
/// The graph is malformed.
pub fn layers(graph: &Graph) -> Result<Vec<Layer>> {
    let index = Index::of(graph)?;
    let layer = |node: &Node| Layer {
        name: node.name().to_owned(),
        op: node.op().to_owned(),
        kind: kind(graph, &index, node),
    };
    Ok(graph.nodes.iter().map(layer).collect())
}

/// The names of the layers that can be quantized, with their kinds, in the order of the graph.
///
/// # Errors
/// The graph is malformed.
pub fn quantizable(graph: &Graph) -> Result<Vec<(String, Kind)>> {
    let layers = layers(graph)?.into_iter();
    Ok(layers
        .filter_map(|layer| Some((layer.name, layer.kind?)))
        .collect())
}

/// Which input of a layer is its activation.
pub fn activation_input(kind: Kind) -> usize {
    if kind == Kind::Deconvolution { 2 } else { 0 }
}

/// A layer that stays float, whatever a configuration says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// Its name.
    pub name: String,
    /// Its operator.
    pub op: String,
    /// Why.
    pub why: &'static str,
}

/// The nodes of operators that can be quantized, which here cannot, in the order of the graph.
///
/// # Errors
/// The graph is malformed.
pub fn left_float(graph: &Graph) -> Result<Vec<Left>> {
    let index = Index::of(graph)?;
    let left = |node: &Node| {
        Some(Left {
            name: node.name().to_owned(),
            op: node.op().to_owned(),
            why: obstacle(graph, &index, node, Kind::of(node.op())?)?,
        })
    };
    Ok(graph.nodes.iter().filter_map(left).collect())
}

/// The kind of a node, when it can be quantized.
fn kind(graph: &Graph, index: &Index, node: &Node) -> Option<Kind> {
    let kind = Kind::of(node.op())?;
    obstacle(graph, index, node, kind).is_none().then_some(kind)
}

/// Why a node cannot be quantized, if it cannot: it must be f32, with constant weights, without transposes, and without
/// dilation where the processor has none. AMCT takes both inputs of a BatchMatMul as activations where the second is no constant
/// matrix; how its record says so is not known.
fn obstacle(graph: &Graph, index: &Index, node: &Node, kind: Kind) -> Option<&'static str> {
    let on = |name: &str| node.bool(name).ok().flatten() == Some(true);
    let data_type = node.data_type("T").ok();
    if data_type.is_none_or(|found| found.is_some_and(|found| found != DataType::FLOAT)) {
        return Some("it is no float32");
    }
    if ["transpose_a", "transpose_b", "adj_x", "adj_y"]
        .into_iter()
        .any(on)
    {
        return Some("it transposes an input");
    }
    let undilated = || {
        let list = node.list("dilations");
        list.is_ok_and(|list| list.is_none_or(|list| none_above_one(&list)))
    };
    if matches!(kind, Kind::Conv3d | Kind::Deconvolution) && !undilated() {
        return Some("it is dilated");
    }
    let constant_weights = || is_float(graph, index, node, 1);
    match kind {
        Kind::AvgPool => None,
        Kind::BatchMatMul if !constant_weights() => Some("both its inputs are activations"),
        Kind::BatchMatMul => {
            let weights = constant(graph, index, node, 1).ok().flatten();
            let matrix = weights.is_some_and(|weights| weights.shape.len() == 2);
            (!matrix).then_some("its second input is no matrix")
        }
        _ => (!constant_weights()).then_some("its weights are no float32 constant"),
    }
}

fn none_above_one(list: &List) -> bool {
    list.ints.iter().all(|dilation| *dilation <= 1)
}
