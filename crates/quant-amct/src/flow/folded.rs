//! A graph after folding, ready to be quantized by any record.

use quant_ir::Result;
use quant_tensorflow::Graph;

use crate::config::{Config, FORCE_FP16_QUANT};
use crate::graph::{Folded, Options, Quantized, fold, quantize, refuse_quantized};
use crate::record::Record;

/// A float graph whose batch normalizations are folded as a configuration wants.
#[derive(Clone, Debug)]
pub struct Folding {
    /// The folded graph.
    pub graph: Graph,
    /// What was folded.
    pub folded: Vec<Folded>,
    /// Names of the output nodes of the original graph.
    pub outputs: Vec<String>,
    /// `FORCE_FP16_QUANT`.
    pub fp16: bool,
}

impl Folding {
    /// Folds a graph.
    ///
    /// # Errors
    /// The graph is malformed or quantized already.
    pub fn of(graph: &Graph, config: &Config, outputs: &[String]) -> Result<Self> {
        refuse_quantized(graph)?;
        let mut graph = graph.clone();
        let skip =
            |layer: &str| !config.do_fusion || config.skip_fusion_layers.iter().any(|name| name == layer);
        let outputs: Vec<String> = outputs
            .iter()
            .map(|output| node_name(output).to_owned())
            .collect();
        let folded = fold(&mut graph, &skip, &outputs)?;
        Ok(Self {
            graph,
            folded,
            outputs,
            fp16: config.fakequant_precision_mode.as_deref() == Some(FORCE_FP16_QUANT),
        })
    }

    /// The outputs by the names that they have after folding.
    pub fn folded_outputs(&self) -> Vec<String> {
        let now = |output: &String| {
            let folded = self
                .folded
                .iter()
                .find(|folded| folded.original.last() == Some(output));
            folded.map_or(output, |folded| &folded.bias).clone()
        };
        self.outputs.iter().map(now).collect()
    }

    /// The graph quantized by a record, and what was done.
    ///
    /// # Errors
    /// Those of [`quantize`].
    pub fn quantize(&self, record: &Record) -> Result<(Graph, Quantized)> {
        let mut graph = self.graph.clone();
        let options = Options {
            fp16: self.fp16,
            outputs: self.outputs.clone(),
            folded: self.folded.clone(),
        };
        let quantized = quantize(&mut graph, record, &options)?;
        Ok((graph, quantized))
    }
}

impl Quantized {
    /// The outputs by the names that they have in the quantized graph.
    pub fn outputs(&self, outputs: &[String]) -> Vec<String> {
        let now = |output: &String| {
            let renamed = self.renamed.iter().find(|(old, _)| old == node_name(output));
            renamed.map_or(output, |(_, new)| new).clone()
        };
        outputs.iter().map(now).collect()
    }
}

/// An output without its number, as `node:0` has one.
fn node_name(output: &str) -> &str {
    output.split(':').next().unwrap_or(output)
}
