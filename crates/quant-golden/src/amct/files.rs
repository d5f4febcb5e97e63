//! The files beside a graph: short configuration, record, batches.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use quant_case::amct::{Graph, Node};
use quant_case::record_files::Files;
use quant_case::records::{lines, words};
use quant_case::textproto::{self, Field, Value};

use super::factors::{Entry, Factors};
use crate::tensor::{Tensor, tensor};

/// What a short configuration may say here.
pub(super) struct Config {
    pub batch_num: usize,
    pub offset: bool,
    pub channel_wise: bool,
    /// HFMG with so many bins, in place of IFMR.
    pub bins: Option<usize>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            batch_num: 1,
            offset: true,
            channel_wise: true,
            bins: None,
        }
    }
}

impl Config {
    pub fn read(text: &str) -> Result<Self, String> {
        let mut config = Self::default();
        let mut left = textproto::parse(text).map_err(|error| error.to_string())?;
        while let Some(field) = left.pop() {
            let unknown = || Err(format!("config.cfg: the oracle does not know `{}`", field.name));
            match (field.name.as_str(), &field.value) {
                ("batch_num", Value::Word(word)) => {
                    config.batch_num = word.parse().map_err(|_| "config.cfg: batch_num")?;
                }
                ("activation_offset", Value::Word(word)) => config.offset = word == "true",
                ("channel_wise", Value::Word(word)) => config.channel_wise = word == "true",
                ("hfmg_quantize", Value::Message(fields)) => {
                    config.bins = config.bins.or(Some(4096));
                    left.extend(fields.clone());
                }
                ("num_of_bins", Value::Word(word)) => {
                    config.bins = Some(word.parse().map_err(|_| "config.cfg: num_of_bins")?);
                }
                ("common_config" | "arq_quantize", Value::Message(fields)) => left.extend(fields.clone()),
                _ => return unknown(),
            }
        }
        Ok(config)
    }
}

/// The first batches: for each the values of the placeholders.
pub(super) fn batches(graph: &Graph, folder: &Path, count: usize) -> Result<Vec<Vec<Tensor>>, String> {
    let inputs: Vec<&Node> = graph
        .nodes
        .iter()
        .filter(|node| node.op == "Placeholder")
        .collect();
    let files = Files::find(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    let paths: Vec<&Path> = files.paths().take(count).collect();
    if paths.len() < count.max(1) {
        return Err(format!("{} has fewer than {count} batches", folder.display()));
    }
    let mut all = Vec::new();
    for path in paths {
        let text = read(path)?;
        let mut batch = Vec::new();
        for (node, (_, line)) in inputs.iter().zip(lines(&text)) {
            let numbers = words(line).map(|word| word.parse::<f32>().map(f64::from));
            let data = numbers
                .collect::<Result<Vec<_>, _>>()
                .map_err(|error| format!("{}: {error}", path.display()))?;
            let shape = node.shape();
            let count = data.len();
            let value = tensor(&shape, data);
            batch.push(value.map_err(|_| format!("{}: {count} values for {shape:?}", path.display()))?);
        }
        all.push(batch);
    }
    Ok(all)
}

/// A record's entries by their keys.
pub(super) fn record(text: &str) -> Result<BTreeMap<String, Entry>, String> {
    let fields = textproto::parse(text).map_err(|error| format!("record.txt:{error}"))?;
    let mut all = BTreeMap::new();
    for field in &fields {
        let (mut key, mut entry) = (
            String::new(),
            Entry {
                activation: Factors {
                    scale: 1.0,
                    offset: 0,
                },
                weights: Vec::new(),
            },
        );
        let mut left: Vec<&Field> = vec![field];
        while !left.is_empty() {
            let field = left.remove(0);
            match (field.name.as_str(), &field.value) {
                ("record" | "value", Value::Message(fields)) => left.extend(fields),
                ("key", Value::Text(text)) => key.clone_from(text),
                (name, Value::Word(word)) => {
                    let number: f32 = word.parse().map_err(|_| format!("record.txt: {name}"))?;
                    match name {
                        "scale_d" => entry.activation.scale = number,
                        "offset_d" => entry.activation.offset = number as i64,
                        "scale_w" => entry.weights.push(number),
                        _ => {}
                    }
                }
                (name, _) => return Err(format!("record.txt: the oracle does not know `{name}`")),
            }
        }
        all.insert(key, entry);
    }
    Ok(all)
}

/// The text of a file.
pub fn read(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))
}
