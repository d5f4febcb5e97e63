//! Models some of whose layers are quantized, and what the search for the fastest leaves.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use quant_amct::config::Config;
use quant_amct::flow::Folding;
use quant_amct::graph::{Quantized, activation_input, quantizable};
use quant_amct::json::Json;
use quant_amct::record::Record;
use quant_amct::search::{ByTable, Fastest, Times, comparison_json, history_json};
use quant_tensorflow::Graph;

use super::flows::write_record;
use super::save::write;
use super::{Log, Saved};
use crate::failure::{Failure, Result};
use crate::used_files;

/// A float graph and the record that quantizes all layers that may be.
pub struct Mixed<'a> {
    /// The graph.
    pub graph: &'a Graph,
    /// The graph, folded.
    pub folding: Folding,
    /// The factors of all layers.
    pub record: &'a Record,
    /// The layers of the record, in the order of the graph.
    pub layers: Vec<String>,
}

impl Mixed<'_> {
    /// The record of the layers that are quantized. Quantized inputs (`layer:0`) stay as they are.
    pub fn record(&self, quantized: &[bool]) -> Record {
        let stays = |key: &String| {
            let layer = self.layers.iter().position(|layer| layer == key);
            layer.is_none_or(|layer| quantized[layer])
        };
        let entries = self.record.entries.iter().filter(|(key, _)| stays(key));
        Record {
            entries: entries.cloned().collect(),
        }
    }

    /// The graph with these layers quantized.
    pub fn quantize(&self, quantized: &[bool]) -> quant_core::Result<(Graph, Quantized)> {
        self.folding.quantize(&self.record(quantized))
    }

    /// What the models take by a table.
    pub fn by_table(&self, times: &Times, table: &Path, log: &mut Log) -> Result<ByTable> {
        let kinds: BTreeMap<String, _> = quantizable(&self.folding.graph)?.into_iter().collect();
        let (mut rows, mut inputs, mut seen) = (Vec::new(), Vec::new(), Vec::new());
        for layer in &self.layers {
            let Some(row) = times.0.get(layer) else {
                return Err(Failure::Invalid(format!(
                    "{}: no times of layer `{layer}`; give those of all layers of the record",
                    table.display()
                )));
            };
            rows.push(*row);
            // Readers of a tensor share the node that quantizes it, where their factors are equal.
            let node = self.folding.graph.find(layer);
            let index = kinds.get(layer).map_or(0, |kind| activation_input(*kind));
            let input = node.and_then(|node| node.input_names().nth(index));
            let input = input.map(|name| name.strip_suffix(":0").unwrap_or(name).to_owned());
            let factors = self.record.get(layer);
            let key = (
                input,
                factors.and_then(|entry| entry.scale_d.map(f32::to_bits)),
                factors.and_then(|entry| entry.offset_d),
            );
            let number = seen.iter().position(|other| *other == key);
            inputs.push(number.unwrap_or(seen.len()));
            if number.is_none() {
                seen.push(key);
            }
        }
        let unknown: Vec<&str> = times
            .0
            .keys()
            .filter(|layer| !self.layers.contains(layer))
            .map(String::as_str)
            .collect();
        if !unknown.is_empty() {
            let what = format!("Not in the record, and not counted: {}", unknown.join(", "));
            log.warning("AMCT", &what)?;
        }
        if self.record.entries.len() > self.layers.len() {
            let what = "The record quantizes inputs of other nodes, which the table does not know";
            log.warning("AMCT", what)?;
        }
        Ok(ByTable { rows, inputs })
    }
}

/// The files of a search beside the model.
pub struct Written {
    /// Where the model goes.
    pub saved: Saved,
    comparison: PathBuf,
    history: PathBuf,
    config: PathBuf,
    record: PathBuf,
}

impl Written {
    /// Those of a prefix; refuses one that was read.
    pub fn of(prefix: &Path) -> Result<Self> {
        let beside = |end: &str| super::flows::beside(prefix, &format!("perf_based_auto_calibration_{end}"));
        let files = Self {
            saved: Saved::of(prefix),
            comparison: beside("comparison.json"),
            history: beside("history.json"),
            config: beside("final_config.json"),
            record: beside("final_record.txt"),
        };
        for path in [
            &files.saved.model,
            &files.saved.json,
            &files.comparison,
            &files.history,
            &files.config,
            &files.record,
        ] {
            used_files::refuse(path)?;
        }
        Ok(files)
    }

    /// Writes comparison and history, and, where a layer stays quantized, model, record and configuration.
    pub fn write(
        &self,
        mixed: &Mixed<'_>,
        found: &Fastest,
        config: &Config,
        more: Vec<(String, Json)>,
        log: &mut Log,
    ) -> Result {
        let comparison = comparison_json(&mixed.layers, found, more);
        write(&self.comparison, comparison.as_bytes(), log)?;
        write(&self.history, history_json(&mixed.layers, found).as_bytes(), log)?;
        if !found.quantized.contains(&true) {
            return Ok(());
        }
        let mut config = config.clone();
        for (name, layer) in &mut config.layers {
            let number = mixed.layers.iter().position(|layer| layer == name);
            layer.quant_enable = number.is_some_and(|number| found.quantized[number]);
        }
        write(&self.config, config.to_json().as_bytes(), log)?;
        write_record(&self.record, &mixed.record(&found.quantized), log)?;
        let (graph, quantized) = mixed.quantize(&found.quantized)?;
        self.saved.write(&graph, &quantized, log)
    }
}
