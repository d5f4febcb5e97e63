//! Graphs that were trained with fake quantization: their FakeQuant nodes become factors.

use quant_ir::Result;
use quant_tensorflow::{Graph, Node, Tensor};

use super::consts::{constant, floats, sweep};
use super::edit::replace_input;
use super::index::Index;
use super::layers::activation_input;
use super::names::Names;
use super::quantize::{quantize, refuse_quantized};
use super::quantized::{Options, Quantized};
use super::weights::weight_layout;
use crate::algorithm::Bits;
use crate::algorithm::arq::{self, Channels};
use crate::algorithm::nudge::Grid;
use crate::layer::Kind;
use crate::record::{Entry, Record};

/// What became of a trained graph.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Converted {
    /// The factors, in the order of the graph.
    pub record: Record,
    /// Layers that stay float, with the reason.
    pub float: Vec<(String, String)>,
    /// What is not quite as it was trained: layer and what.
    pub warnings: Vec<(String, String)>,
    /// The nodes that were put in.
    pub quantized: Quantized,
}

/// Factors of a layer's weights, and the weights themselves.
struct Weights {
    shape: Vec<usize>,
    values: Vec<f32>,
    scales: Vec<f32>,
    warning: Option<String>,
}

/// Converts a graph with FakeQuantWithMinMaxVars before activations and FakeQuantWithMinMaxVars or …PerChannel before weights
/// of Conv2D, DepthwiseConv2dNative, Conv2DBackpropInput and MatMul, and before AvgPool. A layer that lacks one stays float.
///
/// `scale_d` is the scale of TensorFlow's nudged grid, `offset_d` its zero point − 128; weights keep the grid when its zero
/// point is 128. Other weights are quantized anew (ARQ), which is said.
///
/// # Errors
/// The graph is malformed or quantized already; a bias outside int32.
pub fn convert_qat(graph: &mut Graph, options: &Options) -> Result<Converted> {
    refuse_quantized(graph)?;
    let index = Index::of(graph)?;
    let mut names = Names::of(&index);
    let mut converted = Converted::default();
    let (mut new, mut unread) = (Vec::new(), Vec::new());
    for number in 0..graph.nodes.len() {
        let node = graph.nodes[number].clone();
        let Some(kind) = Kind::of(node.op()).filter(|kind| !matches!(kind, Kind::Conv3d | Kind::BatchMatMul))
        else {
            continue;
        };
        let name = node.name().to_owned();
        let found = fake_quants(graph, &index, &node, kind).and_then(|(fake, fake_weights)| {
            let grids =
                grids(graph, &index, &graph.nodes[fake]).map_err(|what| format!("activation: {what}"))?;
            let activation = (fake, grids[0]);
            let weights = fake_weights
                .map(|fake| weights(graph, &index, &node, kind, fake))
                .transpose()?;
            Ok((activation, weights))
        });
        let (activation, weights) = match found {
            Ok(found) => found,
            Err(reason) => {
                converted.float.push((name, reason));
                continue;
            }
        };
        let (fake, grid) = activation;
        if grid.low == 1 {
            let what = "the narrow range of its activation is one integer wider now";
            converted.warnings.push((name.clone(), what.to_owned()));
        }
        let source = graph.nodes[fake]
            .input_names()
            .next()
            .unwrap_or_default()
            .to_owned();
        unread.extend(replace_input(
            &mut graph.nodes[number],
            activation_input(kind),
            &source,
        ));
        let mut entry = Entry {
            scale_d: Some(grid.scale),
            offset_d: Some(grid.offset()),
            ..Entry::default()
        };
        if let Some(weights) = weights {
            let constant = names.fresh(&format!("{name}/trained_weights"));
            unread.extend(replace_input(&mut graph.nodes[number], 1, &constant));
            new.push((
                number,
                Node::constant(&constant, Tensor::floats(&weights.shape, &weights.values)),
            ));
            entry.offset_w = vec![0; weights.scales.len()];
            entry.scale_w = weights.scales;
            converted
                .warnings
                .extend(weights.warning.map(|what| (name.clone(), what)));
        }
        converted.record.entries.push((name, entry));
    }
    for (number, node) in new.into_iter().rev() {
        graph.nodes.insert(number, node);
    }
    converted.quantized = quantize(graph, &converted.record, options)?;
    // Last, so that new names stay off those of the nodes that go.
    sweep(graph, &unread, &options.outputs)?;
    Ok(converted)
}

/// The FakeQuant nodes before a layer's activation and its weights; else why the layer stays float.
fn fake_quants(
    graph: &Graph,
    index: &Index,
    node: &Node,
    kind: Kind,
) -> Result<(usize, Option<usize>), String> {
    let before = |input: usize| {
        let number = index.producer(node, input)?;
        Some((number, graph.nodes[number].op()))
    };
    let activation = before(activation_input(kind)).filter(|(_, op)| *op == "FakeQuantWithMinMaxVars");
    let (activation, _) = activation.ok_or("activation has no FakeQuant")?;
    if !kind.weights() {
        return Ok((activation, None));
    }
    let weights = before(1).filter(|(_, op)| op.starts_with("FakeQuantWithMinMaxVars"));
    let (weights, _) = weights.ok_or("weight has no FakeQuant")?;
    Ok((activation, Some(weights)))
}

/// The grids of a FakeQuant node of 8 bits: one, or one for each place of the last axis.
fn grids(graph: &Graph, index: &Index, fake: &Node) -> Result<Vec<Grid>, String> {
    let bits = fake
        .int("num_bits")
        .map_err(|error| error.to_string())?
        .unwrap_or(8);
    if bits != 8 {
        return Err(format!("FakeQuant of {bits} bits, not 8"));
    }
    let narrow = fake
        .bool("narrow_range")
        .map_err(|error| error.to_string())?
        .unwrap_or(false);
    let end = |input: usize| floats(graph, index, fake, input).map(|(_, values)| values);
    let (Ok(min), Ok(max)) = (end(1), end(2)) else {
        return Err("the range of its FakeQuant is no constant".to_owned());
    };
    let pairs = min.iter().zip(&max).map(|(min, max)| {
        Grid::nudged(*min, *max, Bits::INT8, narrow)
            .ok_or_else(|| format!("the range {min}…{max} of its FakeQuant is none"))
    });
    let grids: Vec<Grid> = pairs.collect::<Result<_, _>>()?;
    if grids.is_empty() || min.len() != max.len() {
        return Err("its FakeQuant has no range".to_owned());
    }
    Ok(grids)
}

fn weights(graph: &Graph, index: &Index, node: &Node, kind: Kind, fake: usize) -> Result<Weights, String> {
    let transposed = ["transpose_a", "transpose_b"]
        .iter()
        .any(|name| node.bool(name).ok().flatten() == Some(true));
    if transposed {
        return Err("it has transposes".to_owned());
    }
    let fake = &graph.nodes[fake];
    let grids = grids(graph, index, fake).map_err(|what| format!("weight: {what}"))?;
    let (shape, mut values) = trained(graph, index, fake).ok_or("weights are no constant")?;
    let last = shape.last().copied().unwrap_or(1);
    if !(grids.len() == 1 || grids.len() == last) {
        return Err(format!("weight: {} ranges for an axis of {last}", grids.len()));
    }
    let layout = weight_layout(kind, &shape).ok_or_else(|| format!("weights of shape {shape:?}"))?;
    for (position, value) in values.iter_mut().enumerate() {
        *value = grids[position % grids.len()].value(*value);
    }
    let centred = grids.iter().all(|grid| grid.zero_point == 128);
    let equal = grids.iter().all(|grid| grid.scale == grids[0].scale);
    let by_channel = matches!(kind, Kind::Conv2d | Kind::Depthwise);
    if centred && (equal || by_channel) {
        let count = if grids.len() == 1 || equal && !by_channel {
            1
        } else {
            layout.channels
        };
        return Ok(Weights {
            scales: (0..count)
                .map(|channel| grids[channel % grids.len()].scale)
                .collect(),
            shape,
            values,
            warning: None,
        });
    }
    let layout = if kind.channel_wise() && grids.len() > 1 {
        layout
    } else {
        Channels::TENSOR
    };
    let why = if centred {
        "its ranges are not those of its output channels"
    } else {
        "its weights' range is not symmetric"
    };
    Ok(Weights {
        scales: arq::scales(&values, layout, Bits::INT8),
        shape,
        values,
        warning: Some(format!("{why}: quantized anew, not as it was trained")),
    })
}

/// The weights before a FakeQuant: a constant, or one times another (a batch normalization that was folded in training).
fn trained(graph: &Graph, index: &Index, fake: &Node) -> Option<(Vec<usize>, Vec<f32>)> {
    if let Ok(found) = floats(graph, index, fake, 0) {
        return Some(found);
    }
    let product = &graph.nodes[index.producer(fake, 0)?];
    if product.op() != "Mul" {
        return None;
    }
    let factor = |input: usize| {
        let tensor = constant(graph, index, product, input).ok()??;
        Some((tensor.shape.clone(), tensor.to_floats()?))
    };
    let (a, b) = (factor(0)?, factor(1)?);
    let ((shape, mut values), (small, factors)) = if a.0.len() >= b.0.len() && a.1.len() >= b.1.len() {
        (a, b)
    } else {
        (b, a)
    };
    let places = broadcast(&shape, &small)?;
    for (value, place) in values.iter_mut().zip(places) {
        *value *= factors[place];
    }
    Some((shape, values))
}

/// For each element of `shape`, the element of `small` that stands beside it.
fn broadcast(shape: &[usize], small: &[usize]) -> Option<Vec<usize>> {
    let lead = shape.len().checked_sub(small.len())?;
    let fits = small.iter().zip(&shape[lead..]).all(|(s, n)| s == n || *s == 1);
    let place = |mut position: usize| {
        let (mut place, mut stride) = (0, 1);
        for axis in (0..shape.len()).rev() {
            let at = position % shape[axis];
            position /= shape[axis];
            if axis >= lead && small[axis - lead] != 1 {
                place += at * stride;
                stride *= small[axis - lead];
            }
        }
        place
    };
    fits.then(|| (0..shape.iter().product()).map(place).collect())
}
