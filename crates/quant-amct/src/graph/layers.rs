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

/// The kind of a node, when it can be quantized: f32, constant weights, no transposes, and no dilation where the processor
/// has none.
fn kind(graph: &Graph, index: &Index, node: &Node) -> Option<Kind> {
    let kind = Kind::of(node.op())?;
    let float = node
        .data_type("T")
        .ok()?
        .is_none_or(|found| found == DataType::FLOAT);
    let on = |name: &str| node.bool(name).ok().flatten() == Some(true);
    let undilated = || {
        node.list("dilations")
            .is_ok_and(|list| list.is_none_or(|list| none_above_one(&list)))
    };
    let fits = match kind {
        Kind::Conv2d | Kind::Depthwise => is_float(graph, index, node, 1),
        Kind::Conv3d | Kind::Deconvolution => undilated() && is_float(graph, index, node, 1),
        Kind::MatMul => !on("transpose_a") && !on("transpose_b") && is_float(graph, index, node, 1),
        Kind::BatchMatMul => {
            let plain = !on("adj_x") && !on("adj_y") && is_float(graph, index, node, 1);
            plain
                && constant(graph, index, node, 1)
                    .ok()?
                    .is_some_and(|weights| weights.shape.len() == 2)
        }
        Kind::AvgPool => true,
    };
    (float && fits).then_some(kind)
}

fn none_above_one(list: &List) -> bool {
    list.ints.iter().all(|dilation| *dilation <= 1)
}
