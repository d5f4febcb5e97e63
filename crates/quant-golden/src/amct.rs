//! AMCT's flows, recomputed: folding, factors and integers of every layer, from a graph in text.
//!
//! Operators are naive loops in f64 whose results are rounded to f32, as tensors hold them; factors are single steps in f32, since
//! that is how AMCT defines them.

mod factors;
mod files;
mod folded;
mod forward;
mod hfmg;
mod windows;

use std::collections::BTreeMap;
use std::path::Path;

use quant_case::Method;
use quant_case::amct::{Graph, Node, tensors};
use quant_case::checkpoint::Row;
use quant_case::golden::{Numbers, Tensor as Golden};

use factors::{Entry, Factors, Grid};
use files::{Config, batches, read, record};
use folded::{Folded, activation, array, fold};
use forward::Forward;

use crate::tensor::{Tensor, elements};

/// Every tensor that needs a golden.
///
/// # Errors
/// A file is missing or wrong, or the oracle does not know an operator.
pub fn compute(root: &Path, row: &Row) -> Result<Vec<(String, Golden)>, String> {
    let text = read(&row.file(root))?;
    let graph = Graph::read(&text)?;
    let folded = fold(&graph)?;
    let all = match row.method {
        Method::Qat => trained(&graph, &folded)?,
        Method::Convert => {
            let path = row.companion(root).ok_or("there is no record")?;
            let record = record(&read(&path)?)?;
            quantized(&graph, &folded, &record)?
        }
        _ => calibrated(&graph, &folded, root, row)?,
    };
    let wanted = tensors(&text)?.into_iter();
    wanted
        .map(|name| {
            let found = all.iter().find(|(other, _)| *other == name);
            found.cloned().ok_or(format!("the oracle makes no `{name}`"))
        })
        .collect()
}

/// Where the channels of weights are: how many, and how many values of one stand in a row.
fn channels(layer: &Node, shape: &[usize]) -> (usize, usize) {
    match layer.op.as_str() {
        "DepthwiseConv2dNative" => (shape[2] * shape[3], 1),
        "Conv2DBackpropInput" => (shape[2], shape[3]),
        "Conv2D" | "Conv3D" => (shape[shape.len() - 1], 1),
        _ => (1, 1),
    }
}

/// A layer's goldens by its factors.
fn quantized(
    graph: &Graph,
    folded: &Folded,
    record: &BTreeMap<String, Entry>,
) -> Result<Vec<(String, Golden)>, String> {
    let mut all = Vec::new();
    for layer in graph.layers() {
        let entry = record
            .get(&layer.name)
            .ok_or_else(|| format!("the record has no `{}`", layer.name))?;
        let input = Golden {
            dtype: Some("int8".to_owned()),
            scale: Some(vec![entry.activation.scale]),
            zero_point: Some(vec![entry.activation.offset]),
            ..Golden::default()
        };
        all.push((format!("{}/input", layer.name), input));
        if let Some(constants) = folded.get(&layer.name) {
            let whole = weights(layer, &constants.weights, &entry.weights);
            all.push((layer.name.clone(), whole));
            if let Some(bias) = &constants.bias {
                all.push((format!("{}/bias", layer.name), self::bias(bias, entry)));
            }
        }
    }
    Ok(all)
}

fn weights(layer: &Node, weights: &Tensor, scales: &[f32]) -> Golden {
    let (count, row) = channels(layer, weights.shape());
    let scale = |place: usize| {
        if scales.len() == 1 {
            scales[0]
        } else {
            scales[place / row % count]
        }
    };
    let whole = |(place, w): (usize, &f64)| factors::whole(*w as f32 / scale(place)).clamp(-128, 127);
    Golden {
        dtype: Some("int8".to_owned()),
        shape: weights.shape().to_vec(),
        weights: Some(Numbers::Int(weights.iter().enumerate().map(whole).collect())),
        scale: Some(scales.to_vec()),
        zero_point: Some(vec![0; scales.len()]),
        ..Golden::default()
    }
}

fn bias(bias: &[f64], entry: &Entry) -> Golden {
    let scales: Vec<f32> = entry
        .weights
        .iter()
        .map(|scale| entry.activation.scale * scale)
        .collect();
    let whole = |(place, b): (usize, &f64)| factors::whole(*b as f32 / scales[place % scales.len()]);
    Golden {
        dtype: Some("int32".to_owned()),
        shape: vec![bias.len()],
        weights: Some(Numbers::Int(bias.iter().enumerate().map(whole).collect())),
        scale: Some(scales),
        ..Golden::default()
    }
}

/// By calibration: weights first, then the graph with what they stand for, then the ranges of activations.
fn calibrated(
    graph: &Graph,
    folded: &Folded,
    root: &Path,
    row: &Row,
) -> Result<Vec<(String, Golden)>, String> {
    let config = match row.companion(root) {
        Some(path) => Config::read(&read(&path)?)?,
        None => Config::default(),
    };
    let folder = row.batches(root).ok_or("there are no batches")?;
    let batches = batches(graph, &folder, config.batch_num)?;
    let first = Forward::run(graph, folded, &batches[0])?;
    let (mut record, mut meant) = (BTreeMap::new(), folded.clone());
    for layer in graph.layers() {
        let mut scales = Vec::new();
        if let Some(constants) = meant.get_mut(&layer.name) {
            let (mut count, row) = channels(layer, constants.weights.shape());
            if !config.channel_wise || first.is_classifier(layer, constants.weights.shape()) {
                count = 1;
            }
            scales = factors::arq(&elements(&constants.weights), count, row);
            let Golden { weights: whole, .. } = weights(layer, &constants.weights, &scales);
            let Some(Numbers::Int(whole)) = whole else {
                continue;
            };
            for (place, (w, q)) in constants.weights.iter_mut().zip(whole).enumerate() {
                *w = f64::from(q as f32 * scales[place / row % count]);
            }
        }
        record.insert(layer.name.clone(), scales);
    }
    let runs = batches.iter().map(|batch| Forward::run(graph, &meant, batch));
    let runs = runs.collect::<Result<Vec<_>, _>>()?;
    let mut entries = BTreeMap::new();
    for layer in graph.layers() {
        let mut seen: Vec<Vec<f32>> = Vec::new();
        for run in &runs {
            let array = run.of(&layer.inputs[activation(layer)])?;
            seen.push(array.iter().map(|x| *x as f32).collect());
        }
        let found = match config.bins {
            Some(bins) => hfmg::hfmg(&seen, bins, config.offset),
            None => factors::ifmr(&seen.concat(), config.offset),
        };
        let entry = Entry {
            activation: found,
            weights: record.remove(&layer.name).unwrap_or_default(),
        };
        entries.insert(layer.name.clone(), entry);
    }
    quantized(graph, folded, &entries)
}

/// By the FakeQuant nodes of training.
fn trained(graph: &Graph, folded: &Folded) -> Result<Vec<(String, Golden)>, String> {
    let grids = |node: &Node, input: usize| -> Result<Vec<Grid>, String> {
        let fake = graph
            .input(node, input)
            .filter(|node| node.op.starts_with("FakeQuant"));
        let fake = fake.ok_or_else(|| format!("`{}` has no FakeQuant before input {input}", node.name))?;
        let (min, max) = (array(graph, fake, 1)?, array(graph, fake, 2)?);
        let narrow = fake.flag("narrow_range");
        Ok(min
            .iter()
            .zip(&max)
            .map(|(min, max)| Grid::of(*min as f32, *max as f32, narrow))
            .collect())
    };
    let mut entries = BTreeMap::new();
    let mut meant = folded.clone();
    for layer in graph.layers() {
        let grid = grids(layer, activation(layer))?[0];
        let mut entry = Entry {
            activation: Factors {
                scale: grid.scale,
                offset: grid.zero - 128,
            },
            weights: Vec::new(),
        };
        if let Some(constants) = meant.get_mut(&layer.name) {
            let grids = grids(layer, 1)?;
            if grids.iter().any(|grid| grid.zero != 128) {
                return Err(format!(
                    "the oracle keeps no weights whose zero point is not 128: `{}`",
                    layer.name
                ));
            }
            for (place, w) in constants.weights.iter_mut().enumerate() {
                *w = f64::from(grids[place % grids.len()].value(*w as f32));
            }
            let (count, _) = channels(layer, constants.weights.shape());
            let count = if grids.len() == 1 { 1 } else { count };
            entry.weights = (0..count)
                .map(|channel| grids[channel % grids.len()].scale)
                .collect();
        }
        entries.insert(layer.name.clone(), entry);
    }
    quantized(graph, &meant, &entries)
}
