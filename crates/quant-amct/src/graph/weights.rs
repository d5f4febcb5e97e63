//! Weights of layers: where their channels are, and their fake quantization.

use std::collections::BTreeMap;

use quant_ir::{Error, Problem, Result};
use quant_tensorflow::{Graph, Node, Tensor};
use rayon::prelude::*;

use super::consts::{floats, sweep};
use super::edit::replace_input;
use super::index::Index;
use super::names::Names;
use crate::algorithm::Bits;
use crate::algorithm::arq::{self, Channels};
use crate::layer::Kind;

/// The output channels of weights of that shape, when a layer of that kind can have weights of that shape: HWIO, DHWIO, HWCM
/// (a channel `c · M + m` each), HWOI for Conv2DBackpropInput. MatMul's columns are no channels of their own.
pub fn weight_layout(kind: Kind, shape: &[usize]) -> Option<Channels> {
    match (kind, shape) {
        (Kind::Conv2d, [_, _, _, _]) => Some(Channels::of(shape, 3)),
        (Kind::Conv3d, [_, _, _, _, _]) => Some(Channels::of(shape, 4)),
        (Kind::Depthwise, [_, _, c, m]) => Some(Channels {
            channels: (c * m).max(1),
            inner: 1,
        }),
        (Kind::Deconvolution, [_, _, _, _]) => Some(Channels::of(shape, 2)),
        (Kind::MatMul | Kind::BatchMatMul, [_, _]) => Some(Channels::TENSOR),
        _ => None,
    }
}

/// [`weight_layout`] of a layer with as many scales as `scales`: one for all, or one a channel.
pub(super) fn layout_of(node: &Node, kind: Kind, shape: &[usize], scales: usize) -> Result<Channels> {
    let layout = weight_layout(kind, shape).ok_or_else(|| {
        let what = format!("weights of shape {shape:?}");
        Error::new(node.place(), Problem::Shape(what), "freeze the graph again")
    })?;
    match scales {
        1 => Ok(Channels::TENSOR),
        _ if scales == layout.channels => Ok(layout),
        _ => {
            let what = format!("{scales} scale_w for {} output channels", layout.channels);
            Err(Error::new(
                node.place(),
                Problem::Count(what),
                "give one, or one for each channel",
            ))
        }
    }
}

/// The height and width of a convolution's kernel.
pub(crate) fn kernel(graph: &Graph, node: &Node) -> Result<Vec<usize>> {
    let (shape, _) = floats(graph, &Index::of(graph)?, node, 1)?;
    Ok(shape.into_iter().take(2).collect())
}

/// A layer's weights, and where their scales belong.
pub(super) struct Weights {
    pub shape: Vec<usize>,
    pub values: Vec<f32>,
    pub layout: Channels,
}

impl Weights {
    /// The weights of a layer, for that many scales.
    pub fn of(graph: &Graph, index: &Index, node: &Node, kind: Kind, scales: usize) -> Result<Self> {
        Self::new(node, kind, scales, floats(graph, index, node, 1)?)
    }

    fn new(node: &Node, kind: Kind, scales: usize, (shape, values): (Vec<usize>, Vec<f32>)) -> Result<Self> {
        if let Some(bad) = values.iter().find(|value| !value.is_finite()) {
            let what = format!("a weight is {bad}");
            return Err(Error::new(
                node.place(),
                Problem::Malformed(what),
                "train the model again",
            ));
        }
        let layout = layout_of(node, kind, &shape, scales)?;
        Ok(Self {
            shape,
            values,
            layout,
        })
    }
}

/// Replaces the weights of layers by what their integers stand for, and gives their scales: for the layers of `wanted`, each
/// with whether it has a scale for each channel.
///
/// # Errors
/// The graph is malformed, or a weight is not finite.
pub fn fake_quantize(
    graph: &mut Graph,
    wanted: &BTreeMap<String, (Kind, bool)>,
) -> Result<BTreeMap<String, Vec<f32>>> {
    let index = Index::of(graph)?;
    let mut names = Names::of(&index);
    let (mut scales, mut new, mut unread) = (BTreeMap::new(), Vec::new(), Vec::new());
    let wanted: Vec<_> = wanted
        .iter()
        .filter_map(|(name, how)| Some((index.number(name)?, name, *how)))
        .collect();
    let read: &Graph = graph;
    let found: Vec<Result<(Tensor, Vec<f32>)>> = wanted
        .par_iter()
        .map(|(number, _, (kind, channel_wise))| {
            let node = &read.nodes[*number];
            let (shape, values) = floats(read, &index, node, 1)?;
            let count = if *channel_wise {
                weight_layout(*kind, &shape).map_or(1, |layout| layout.channels)
            } else {
                1
            };
            let weights = Weights::new(node, *kind, count, (shape, values))?;
            let found = arq::scales(&weights.values, weights.layout, Bits::INT8);
            let integers = arq::quantize(&weights.values, &found, weights.layout, Bits::INT8);
            let values = arq::dequantize(&integers, &found, weights.layout);
            Ok((Tensor::floats(&weights.shape, &values), found))
        })
        .collect();
    for ((number, name, _), found) in wanted.into_iter().zip(found) {
        let (tensor, found) = found?;
        let constant = names.fresh(&format!("{name}/fake_quantized_weights"));
        new.push((number, Node::constant(&constant, tensor)));
        unread.extend(replace_input(&mut graph.nodes[number], 1, &constant));
        scales.insert(name.clone(), found);
    }
    // From the end, so that the numbers before stay.
    new.sort_by_key(|(number, _)| std::cmp::Reverse(*number));
    for (number, node) in new {
        graph.nodes.insert(number, node);
    }
    sweep(graph, &unread, &[])?;
    Ok(scales)
}
