//! Calibration: the factors of every layer that a configuration enables.

use std::collections::BTreeMap;

use quant_ir::{Error, Problem, Result};
use quant_tensorflow::Graph;

use super::activations::{Runs, Wanted};
use super::folded::Folding;
use super::ranges::ranges;
use crate::batches::{Batches, Kept};
use crate::config::Config;
use crate::graph::{activation_input, fake_quantize, quantizable};
use crate::layer::Kind;
use crate::record::{Entry, Record};
use crate::run::Outline;

/// What a calibration needs besides graph and data.
pub struct Calibration<'a> {
    /// What is quantized, and how.
    pub config: &'a Config,
    /// Names of the output nodes.
    pub outputs: &'a [String],
    /// Bytes that captured activations may take; a single tensor may need more.
    pub memory: usize,
    /// Told after each run of the graph.
    pub progress: &'a (dyn Fn() + Sync),
}

/// The factors, and the graph to put them in.
#[derive(Clone, Debug)]
pub struct Calibrated {
    /// The folded float graph.
    pub folding: Folding,
    /// The folded graph with weights as their integers mean them: the one whose activations were seen.
    pub seen: Graph,
    /// The record, in the order of the graph.
    pub record: Record,
    /// The layers, in the order of the record; quantized inputs (`layer:0`) are not among them.
    pub layers: Vec<LayerFound>,
}

/// What was found for a layer.
#[derive(Clone, Debug, PartialEq)]
pub struct LayerFound {
    /// Its name.
    pub name: String,
    /// Its kind.
    pub kind: Kind,
    /// Whether its weights have a scale for each channel.
    pub channel_wise: bool,
    /// Which factor of IFMR's search won, and how far the next loss lies above, as a share of it.
    pub ifmr: Option<(usize, f64)>,
}

impl Calibration<'_> {
    /// Calibrates: folds batch normalizations, replaces weights by what their integers stand for, runs the graph on the first
    /// `batch_num` batches with activations as they are, and searches the range of each layer's input.
    ///
    /// # Errors
    /// `joint_quant`; fewer batches than `batch_num`, no layer to quantize, a graph that does not run, activations that are not
    /// finite.
    pub fn run(&self, graph: &Graph, batches: &dyn Batches) -> Result<Calibrated> {
        if self.config.joint_quant {
            let problem = Problem::Unsupported(
                "joint_quant is true, and how it joins layers is not published".to_owned(),
            );
            return Err(Error::new(
                "configuration",
                problem,
                "set joint_quant false: each layer has factors of its own then",
            ));
        }
        // The first batch is read while the graph is folded.
        let (folding, kept) = rayon::join(
            || Folding::of(graph, self.config, self.outputs),
            || (!batches.is_empty()).then(|| Kept::new(batches)),
        );
        let folding = folding?;
        let batch_num = usize::try_from(self.config.batch_num).unwrap_or(usize::MAX);
        if batches.len() < batch_num {
            let what = format!(
                "batch_num is {batch_num}, and the data has {} batches",
                batches.len()
            );
            return Err(Error::new(
                "",
                Problem::Count(what),
                "give more data, or lower batch_num",
            ));
        }
        let kinds = quantizable(&folding.graph)?
            .into_iter()
            .filter(|(name, _)| self.config.enabled(name));
        let kinds: Vec<(String, Kind)> = kinds.collect();
        if kinds.is_empty() && self.config.tensor_quantize.is_empty() {
            let problem = Problem::Invalid("the configuration enables no layer".to_owned());
            return Err(Error::new("", problem, "set quant_enable true for one"));
        }
        let batches = kept.unwrap_or_else(|| Kept::new(batches))?;
        let runs = |graph| Runs {
            graph,
            batches: &batches,
            batch_num,
            memory: self.memory,
            progress: self.progress,
        };
        let shapes = runs(&folding.graph).shapes()?;
        let whole = whole_plane(&folding.graph, &kinds, &shapes)?;
        let by_channel = |name: &str, kind: Kind| {
            let asked = self
                .config
                .layers
                .get(name)
                .is_some_and(|layer| layer.channel_wise);
            asked && kind.channel_wise() && !whole.iter().any(|layer| layer == name)
        };
        let mut calibrating = folding.graph.clone();
        let weights = kinds.iter().filter(|(_, kind)| kind.weights());
        let weights = weights.map(|(name, kind)| (name.clone(), (*kind, by_channel(name, *kind))));
        let scales = fake_quantize(&mut calibrating, &weights.collect())?;

        let mut wanted = Vec::new();
        for (name, kind) in &kinds {
            let activation = &self.config.layers[name].activation;
            wanted.push(Wanted {
                tensor: input_of(&calibrating, name, activation_input(*kind))?,
                asymmetric: self.config.asymmetric(activation),
                algorithm: activation.algorithm.clone(),
            });
        }
        for tensor in &self.config.tensor_quantize {
            wanted.push(Wanted {
                tensor: input_of(&calibrating, &tensor.layer_name, tensor.input_index as usize)?,
                asymmetric: self.config.asymmetric(&tensor.activation),
                algorithm: tensor.activation.algorithm.clone(),
            });
        }
        let ranges = ranges(&runs(&calibrating), &wanted)?;
        let (mut record, mut layers) = (Record::default(), Vec::new());
        for ((name, kind), range) in kinds.iter().zip(&ranges) {
            let scale_w = scales.get(name).cloned().unwrap_or_default();
            layers.push(LayerFound {
                name: name.clone(),
                kind: *kind,
                channel_wise: by_channel(name, *kind),
                ifmr: range.ifmr,
            });
            let entry = Entry {
                scale_d: Some(range.factors.scale),
                offset_d: Some(range.factors.offset),
                offset_w: vec![0; scale_w.len()],
                scale_w,
                ..Entry::default()
            };
            record.entries.push((name.clone(), entry));
        }
        for (tensor, range) in self.config.tensor_quantize.iter().zip(&ranges[kinds.len()..]) {
            let entry = Entry {
                scale_d: Some(range.factors.scale),
                offset_d: Some(range.factors.offset),
                ..Entry::default()
            };
            record
                .entries
                .push((format!("{}:{}", tensor.layer_name, tensor.input_index), entry));
        }
        Ok(Calibrated {
            folding,
            seen: calibrating,
            record,
            layers,
        })
    }
}

/// The tensor that a node reads.
pub(super) fn input_of(graph: &Graph, name: &str, input: usize) -> Result<String> {
    let node = graph.find(name);
    let tensor = node
        .and_then(|node| node.input_names().nth(input))
        .map(str::to_owned);
    tensor.ok_or_else(|| {
        let problem = Problem::MissingInput { index: input };
        Error::new(format!("layer `{name}`"), problem, "correct the configuration")
    })
}

/// Convolutions whose output has one place and whose kernel covers their whole input: classifiers, which the processor runs
/// as a product of matrices, with one scale for all weights.
fn whole_plane(
    graph: &Graph,
    kinds: &[(String, Kind)],
    shapes: &BTreeMap<String, Vec<usize>>,
) -> Result<Vec<String>> {
    let names: Vec<&String> = kinds
        .iter()
        .filter(|(_, kind)| *kind == Kind::Conv2d)
        .map(|(name, _)| name)
        .collect();
    if names.is_empty() {
        return Ok(Vec::new());
    }
    let inputs: Vec<String> = names
        .iter()
        .map(|name| input_of(graph, name, 0))
        .collect::<Result<_>>()?;
    let both: Vec<String> = inputs.iter().chain(names.iter().copied()).cloned().collect();
    let shapes = Outline::new(graph, &both, shapes)?.output_shapes();
    let (before, after) = shapes.split_at(names.len());
    let mut found = Vec::new();
    for ((name, before), after) in names.iter().zip(before).zip(after) {
        let Some(node) = graph.find(name) else { continue };
        let first = node.text("data_format")?.is_some_and(|format| format == "NCHW");
        let plane = |shape: &[usize]| {
            if first {
                shape[2..].to_vec()
            } else {
                shape[1..3].to_vec()
            }
        };
        let kernel = crate::graph::kernel(graph, node)?;
        if before.len() == 4 && after.len() == 4 && plane(after) == [1, 1] && plane(before) == kernel {
            found.push((*name).clone());
        }
    }
    Ok(found)
}
