//! A graph with Ascend's operators, from a record.
//!
//! A layer `scope/layer` gets `scope/act_quant/AscendQuant` before its activation,
//! `scope/weight_quant/{weights, offset_w, AscendWeightQuant}` for its weights, its bias as whole numbers
//! (`scope/dequant/bias_int`), and behind bias `scope/dequant/{deq_scale, AscendDequant}`. The layer itself computes in
//! floats, which hold its integers exactly.

use std::collections::BTreeMap;

use quant_ir::{Error, Problem, Result};
use quant_tensorflow::Graph;
use rayon::prelude::*;

use super::index::Index;
use super::layers::quantizable;
use super::names::Names;
use super::quantized::{Options, Quantized};
use super::work::{Work, integers};
use crate::layer::Kind;
use crate::record::{Entry, Record};

/// Quantizes the layers that a record names. Batch normalizations must have been folded before.
///
/// # Errors
/// A key that is no quantizable layer, factors that do not fit it, a shift, a bias outside int32, or a graph that holds
/// Ascend's operators already.
pub fn quantize(graph: &mut Graph, record: &Record, options: &Options) -> Result<Quantized> {
    refuse_quantized(graph)?;
    let kinds: BTreeMap<String, Kind> = quantizable(graph)?.into_iter().collect();
    let index = Index::of(graph)?;
    let names = Names::of(&index);
    let mut work = Work {
        index,
        names,
        behind: BTreeMap::new(),
        unread: Vec::new(),
        readers: BTreeMap::new(),
        found: Quantized::default(),
        integers: BTreeMap::new(),
    };
    let factors = record.by_key();
    for (key, _) in &record.entries {
        let tensor = key
            .rsplit_once(':')
            .and_then(|(layer, input)| Some((layer, input.parse::<usize>().ok()?)));
        let known =
            kinds.contains_key(key) || tensor.is_some_and(|(layer, _)| work.index.number(layer).is_some());
        if !known {
            let exists = work.index.number(key).is_some();
            let what = if exists {
                "cannot be quantized"
            } else {
                "is no node of the graph"
            };
            let problem = Problem::Invalid(format!("layer `{key}` {what}"));
            return Err(Error::new("record", problem, "take the record of this graph"));
        }
    }
    let layers: Vec<(usize, Kind, &Entry)> = graph
        .nodes
        .iter()
        .enumerate()
        .filter_map(|(number, node)| Some((number, *kinds.get(node.name())?, *factors.get(node.name())?)))
        .filter(|(_, kind, entry)| kind.weights() && !entry.scale_w.is_empty())
        .collect();
    let made = layers.into_par_iter().map(|(number, kind, entry)| {
        let made = integers(graph, &work.index, &graph.nodes[number], kind, entry);
        (number, made)
    });
    work.integers = made.collect();
    // In the order of the graph, so that names do not hang on that of the record.
    for number in 0..graph.nodes.len() {
        let name = graph.nodes[number].name().to_owned();
        if let (Some(kind), Some(entry)) = (kinds.get(&name), factors.get(name.as_str())) {
            work.layer(graph, number, *kind, entry, options)
                .map_err(|error| error.within("record"))?;
        }
        work.tensors(graph, number, &factors)?;
    }
    work.finish(graph, options)
}

/// A graph that was quantized before.
pub(crate) fn refuse_quantized(graph: &Graph) -> Result<()> {
    match graph.nodes.iter().find(|node| node.op().starts_with("Ascend")) {
        None => Ok(()),
        Some(node) => {
            let problem = Problem::Invalid("the graph is quantized already".to_owned());
            Err(Error::new(node.place(), problem, "give the float graph"))
        }
    }
}
