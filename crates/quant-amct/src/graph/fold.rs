//! Batch normalization folded into the convolution before it.

use std::collections::{BTreeMap, BTreeSet};

use quant_ir::{Error, Problem, Result};
use quant_tensorflow::{Graph, Node, Tensor};

use super::consts::{floats, is_float, sweep};
use super::edit::{producer_name, replace_input};
use super::group;
use super::index::Index;
use super::names::Names;
use super::weights::weight_layout;
use crate::algorithm::arq::Channels;
use crate::layer::Kind;

/// A batch normalization that was folded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folded {
    /// The convolution.
    pub layer: String,
    /// The BiasAdd behind it that gives what the batch normalization gave.
    pub bias: String,
    /// The nodes of the original graph that both stand for: convolution, its BiasAdd if it had one, batch normalization.
    pub original: Vec<String>,
}

/// Folds every FusedBatchNorm (v1, v2, v3; `is_training` false, constant parameters) that alone reads a Conv2D or a
/// DepthwiseConv2dNative, or the BiasAdd behind one. With `s = γ / √(σ² + ε)`: weights times `s`, bias `(b − μ) · s + β`, all
/// in f32. `skip` names convolutions to leave; nodes in `keep` are not folded over, for they are outputs.
///
/// # Errors
/// The graph is malformed.
pub fn fold(graph: &mut Graph, skip: &dyn Fn(&str) -> bool, keep: &[String]) -> Result<Vec<Folded>> {
    let mut folded = Vec::new();
    let norms: Vec<String> = graph
        .nodes
        .iter()
        .filter(|node| node.op().starts_with("FusedBatchNorm"))
        .map(|node| node.name().to_owned())
        .collect();
    let index = Index::of(graph)?;
    let mut work = Work {
        names: Names::of(&index),
        index,
        unread: Vec::new(),
        new: BTreeMap::new(),
        gone: BTreeSet::new(),
    };
    let count = graph.nodes.len();
    for norm in norms {
        if let Some(found) = find(graph, &work.index, &norm, skip, keep)? {
            folded.push(apply(graph, &found, &mut work)?);
        }
    }
    // Constants in front of their layers.
    let mut nodes: Vec<Option<Node>> = std::mem::take(&mut graph.nodes).into_iter().map(Some).collect();
    for number in 0..count {
        let new = work.new.remove(&number).unwrap_or_default();
        graph
            .nodes
            .extend(new.into_iter().filter_map(|new| nodes[new].take()));
        graph
            .nodes
            .extend(nodes[number].take().filter(|_| !work.gone.contains(&number)));
    }
    sweep(graph, &work.unread, keep)?;
    Ok(folded)
}

/// The state of a folding. Nodes keep their numbers until its end.
struct Work {
    index: Index,
    names: Names,
    unread: Vec<String>,
    /// By layer, the constants that come in front of it; they stand behind all nodes.
    new: BTreeMap<usize, Vec<usize>>,
    /// Nodes that go.
    gone: BTreeSet<usize>,
}

/// What is folded: numbers of nodes.
struct Found {
    norm: usize,
    bias: Option<usize>,
    layer: usize,
    kind: Kind,
}

fn find(
    graph: &Graph,
    index: &Index,
    norm: &str,
    skip: &dyn Fn(&str) -> bool,
    keep: &[String],
) -> Result<Option<Found>> {
    let Some(norm) = index.number(norm) else {
        return Ok(None);
    };
    let node = &graph.nodes[norm];
    // The attribute's default is true.
    if node.bool("is_training")?.unwrap_or(true) || !(1..=4).all(|input| is_float(graph, index, node, input))
    {
        return Ok(None);
    }
    // Its statistics are not made any more when it is folded.
    let only_first = index.readers(norm).iter().all(|reader| {
        let names = graph.nodes[*reader].input_names();
        let mut of_norm =
            names.filter(|name| name.trim_start_matches('^').split(':').next() == Some(node.name()));
        of_norm.all(|name| !name.contains(':') || name.ends_with(":0"))
    });
    let Some(before) = index.producer(node, 0).filter(|_| only_first) else {
        return Ok(None);
    };
    let layer = if graph.nodes[before].op() == "BiasAdd" {
        index.producer(&graph.nodes[before], 0)
    } else {
        Some(before)
    };
    let Some(layer) = layer else { return Ok(None) };
    let kind =
        Kind::of(graph.nodes[layer].op()).filter(|kind| matches!(kind, Kind::Conv2d | Kind::Depthwise));
    let Some(kind) = kind.filter(|_| is_float(graph, index, &graph.nodes[layer], 1)) else {
        return Ok(None);
    };
    let alone = |number: usize| {
        index.readers(number).len() == 1 && !keep.iter().any(|name| name == graph.nodes[number].name())
    };
    let group = group::of(graph, index, layer, kind, keep)?;
    if group.tail() != before || !alone(layer) || !alone(before) || skip(graph.nodes[layer].name()) {
        return Ok(None);
    }
    Ok(Some(Found {
        norm,
        bias: group.bias,
        layer,
        kind,
    }))
}

fn apply(
    graph: &mut Graph,
    found: &Found,
    Work {
        index,
        names,
        unread,
        new,
        gone,
    }: &mut Work,
) -> Result<Folded> {
    let norm = graph.nodes[found.norm].clone();
    let layer = graph.nodes[found.layer].clone();
    let (shape, mut weights) = floats(graph, index, &layer, 1)?;
    let layout = weight_layout(found.kind, &shape).unwrap_or(Channels::TENSOR);
    let parameter = |input: usize| -> Result<Vec<f32>> {
        let (_, values) = floats(graph, index, &norm, input)?;
        if values.len() == layout.channels {
            return Ok(values);
        }
        let what = format!(
            "its input {input} has {} values for {} channels",
            values.len(),
            layout.channels
        );
        Err(Error::new(
            norm.place(),
            Problem::Malformed(what),
            "freeze the graph again",
        ))
    };
    let [gamma, beta, mean, variance] = [parameter(1)?, parameter(2)?, parameter(3)?, parameter(4)?];
    let epsilon = norm.float("epsilon")?.unwrap_or(1e-4);
    let factor: Vec<f32> = gamma
        .iter()
        .zip(&variance)
        .map(|(g, v)| g / (v + epsilon).sqrt())
        .collect();
    // Rows of all channels.
    for row in weights.chunks_mut(layout.channels * layout.inner) {
        for (weights, factor) in row.chunks_mut(layout.inner).zip(&factor) {
            weights.iter_mut().for_each(|weight| *weight *= factor);
        }
    }
    let before = match found.bias {
        Some(bias) => floats(graph, index, &graph.nodes[bias], 1)?.1,
        None => vec![0.0; layout.channels],
    };
    if before.len() != layout.channels {
        let what = format!(
            "a bias of {} values for {} channels",
            before.len(),
            layout.channels
        );
        return Err(Error::new(
            layer.place(),
            Problem::Malformed(what),
            "freeze the graph again",
        ));
    }
    let bias: Vec<f32> = (0..layout.channels)
        .map(|c| (before[c] - mean[c]) * factor[c] + beta[c])
        .collect();

    let name = layer.name().to_owned();
    let weights_name = names.fresh(&format!("{name}/folded_weights"));
    let bias_const = names.fresh(&format!("{name}/folded_bias"));
    let mut original = vec![name.clone()];
    let mut layer = layer;
    unread.extend(replace_input(&mut layer, 1, &weights_name));
    let mut adds = if let Some(bias) = found.bias {
        original.push(graph.nodes[bias].name().to_owned());
        graph.nodes[bias].clone()
    } else {
        let mut adds = Node::new(
            &names.fresh(&format!("{name}/folded_BiasAdd")),
            "BiasAdd",
            &[&name, &bias_const],
        );
        for attribute in ["T", "data_format"] {
            if let Some(value) = layer.get(attribute)? {
                adds.set(attribute, &value);
            }
        }
        adds
    };
    unread.extend(replace_input(&mut adds, 1, &bias_const));
    unread.extend((1..=4).filter_map(|input| norm.input_names().nth(input).map(producer_name)));
    original.push(norm.name().to_owned());
    let adds_name = adds.name().to_owned();
    graph.nodes[found.layer] = layer;
    rename_readers(graph, index.readers(found.norm), norm.name(), &adds_name);
    // The sum stands where the normalization stood, which is behind all that it reads.
    let sum = found.bias.unwrap_or(found.norm);
    graph.nodes[sum] = adds;
    if found.bias.is_some() {
        index.drop(norm.name(), sum);
        gone.insert(found.norm);
    } else {
        index.rename(norm.name(), &adds_name, sum);
    }
    for (constant, reader) in [
        (
            Node::constant(&weights_name, Tensor::floats(&shape, &weights)),
            found.layer,
        ),
        (
            Node::constant(&bias_const, Tensor::floats(&[bias.len()], &bias)),
            sum,
        ),
    ] {
        index.add(constant.name(), reader);
        new.entry(found.layer).or_default().push(graph.nodes.len());
        graph.nodes.push(constant);
    }
    Ok(Folded {
        layer: name,
        bias: adds_name,
        original,
    })
}

/// Makes those that read output 0 of `old`, or wait for it, read `new`.
fn rename_readers(graph: &mut Graph, readers: &[usize], old: &str, new: &str) {
    for reader in readers {
        let node = &mut graph.nodes[*reader];
        let renamed = |name: &str| match name.strip_prefix('^') {
            Some(_) if producer_name(name) == old => format!("^{new}"),
            None if producer_name(name) == old => new.to_owned(),
            _ => name.to_owned(),
        };
        let inputs: Vec<String> = node.input_names().map(renamed).collect();
        node.set_inputs(&inputs);
    }
}
