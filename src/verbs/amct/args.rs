//! Arguments that the flows share: a graph, its configuration, calibration data.

use std::path::{Path, PathBuf};

use quant_amct::config::Arguments;

use crate::amct::flows::{self, Source};
use crate::amct::{Batched, InputShape, Outputs, model};
use crate::data::{self, Data, Shapes};
use crate::failure::Result;
use crate::options;

/// A graph with its outputs.
#[derive(clap::Args)]
pub struct Model {
    /// Frozen graph (.pb, or .pbtxt as text)
    pub model: PathBuf,
    /// Output nodes, as in a:0;b:0 [default: the nodes that nobody reads]
    #[arg(long, value_name = "NAMES")]
    pub outputs: Option<Outputs>,
}

impl Model {
    pub fn read(&self) -> Result<(quant_tensorflow::Graph, Vec<String>)> {
        let graph = model::read(&self.model)?;
        let outputs = model::outputs(&graph, self.outputs.as_ref(), &self.model)?;
        Ok((graph, outputs))
    }
}

/// Where a configuration comes from.
#[derive(clap::Args)]
pub struct Configured {
    /// Configuration: AMCT's config.json, or a short one (.cfg)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Layer that stays float; repeatable
    #[arg(long = "skip-layer", value_name = "NAME", conflicts_with = "config")]
    skip_layers: Vec<String>,
    /// Batches that calibrate [default: 1]
    #[arg(
        long,
        value_name = "N",
        conflicts_with = "config",
        allow_negative_numbers = true
    )]
    batch_num: Option<i64>,
    /// Activations without offset
    #[arg(long, conflicts_with = "config")]
    symmetric: bool,
}

impl Configured {
    pub fn source(&self) -> Source {
        match &self.config {
            Some(path) => Source::of(path),
            None => Source::Arguments(Arguments {
                skip_layers: self.skip_layers.clone(),
                batch_num: self.batch_num.unwrap_or(1),
                activation_offset: !self.symmetric,
            }),
        }
    }
}

/// Calibration data.
#[derive(clap::Args)]
pub struct Calibrating {
    #[arg(long, help = data::HELP, value_parser = options::data)]
    pub data: Data,
    #[command(flatten)]
    pub prepare: Shapes,
    /// Shapes of inputs, as in input:32,224,224,3, with ; between inputs
    #[arg(long, value_name = "SHAPES", default_value = "")]
    pub input_shape: InputShape,
    /// Examples in a batch, where the graph leaves it open
    #[arg(long, value_name = "N", default_value_t = 32, value_parser = options::examples)]
    pub batch_size: usize,
    /// Bytes that captured activations may take, in MiB; what does not fit takes more runs of the graph
    #[arg(long, value_name = "MIB", default_value_t = flows::MEMORY >> 20)]
    pub memory: usize,
    /// Threads that run the graph; the result does not depend on it
    #[arg(long, value_name = "N", default_value_t = options::available(), value_parser = options::threads)]
    pub threads: usize,
}

impl Calibrating {
    /// Starts the threads: before the graph is read, whose constants are computed on them.
    pub fn start(&self) -> Result {
        options::use_threads(self.threads)
    }

    pub fn open(&self, graph: &quant_tensorflow::Graph, model: &Path, outputs: &[String]) -> Result<Batched> {
        Batched::open(
            &self.data,
            &self.prepare,
            (graph, model),
            outputs,
            &self.input_shape,
            self.batch_size,
        )
    }
}
