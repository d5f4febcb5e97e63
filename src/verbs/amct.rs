//! `amct`: frozen TensorFlow graphs for Ascend processors.

mod args;
mod perf;
mod predict;
mod search;

use std::path::PathBuf;

use args::{Calibrating, Configured, Model};

use crate::amct::{Log, flows};
use crate::failure::Result;

#[derive(clap::Args)]
pub struct Args {
    #[command(subcommand)]
    flow: Flow,
}

/// What to do.
#[derive(clap::Subcommand)]
enum Flow {
    /// Write the configuration of a graph: which layers are quantized, and how
    Config(ConfigArgs),
    /// Quantize a graph by calibration
    Calibrate(Box<CalibrateArgs>),
    /// Quantize a graph by a record of factors
    Convert(ConvertArgs),
    /// Convert a graph that was trained with FakeQuant nodes
    ConvertQat(TrainedArgs),
    /// Quantize a graph by calibration, with layers left float until its accuracy holds
    AutoAccuracy(Box<search::Args>),
    /// Quantize a graph by a record, with layers left float that are slower quantized
    AutoPerf(Box<perf::Args>),
    /// Print what a float graph and its quantized one say of pictures
    Predict(Box<predict::Args>),
}

#[derive(clap::Args)]
struct ConfigArgs {
    #[command(flatten)]
    model: Model,
    #[command(flatten)]
    configured: Configured,
    /// Configuration to write
    #[arg(short, long, value_name = "FILE", default_value = "config.json")]
    output: PathBuf,
}

#[derive(clap::Args)]
struct CalibrateArgs {
    #[command(flatten)]
    model: Model,
    #[command(flatten)]
    configured: Configured,
    #[command(flatten)]
    calibrating: Calibrating,
    /// Beginning of the files to write: PREFIX_quantized.pb and PREFIX_quant.json
    #[arg(short, long, value_name = "PREFIX")]
    output: PathBuf,
    /// Record to write [default: record.txt beside the graph]
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
}

#[derive(clap::Args)]
struct ConvertArgs {
    #[command(flatten)]
    model: Model,
    /// Record of factors
    #[arg(long, value_name = "FILE")]
    record: PathBuf,
    /// Beginning of the files to write: PREFIX_quantized.pb and PREFIX_quant.json
    #[arg(short, long, value_name = "PREFIX")]
    output: PathBuf,
    /// Dequantize with the 19 highest bits of the scales (FORCE_FP16_QUANT)
    #[arg(long)]
    fp16: bool,
}

#[derive(clap::Args)]
struct TrainedArgs {
    #[command(flatten)]
    model: Model,
    /// Record to write
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Beginning of the files to write: PREFIX_quantized.pb and PREFIX_quant.json
    #[arg(short, long, value_name = "PREFIX")]
    output: PathBuf,
}

pub fn run(args: &Args) -> Result {
    let mut log = Log::screen();
    match &args.flow {
        Flow::Config(args) => {
            let (graph, _) = args.model.read()?;
            flows::tell_left(&graph, &mut log)?;
            flows::write_config(&args.output, &args.configured.source().read(&graph)?, &mut log)
        }
        Flow::Calibrate(args) => calibrate(args, &mut log),
        Flow::Convert(args) => {
            let (graph, outputs) = args.model.read()?;
            flows::convert(&graph, &outputs, &args.record, &args.output, args.fp16, &mut log)
        }
        Flow::ConvertQat(args) => {
            let (graph, outputs) = args.model.read()?;
            flows::convert_trained(graph, &outputs, &args.output, args.record.as_deref(), &mut log)
        }
        Flow::AutoAccuracy(args) => search::run(args, &mut log),
        Flow::AutoPerf(args) => perf::run(args, &mut log),
        Flow::Predict(args) => predict::run(args),
    }
}

fn calibrate(args: &CalibrateArgs, log: &mut Log) -> Result {
    args.calibrating.start()?;
    let (graph, outputs) = args.model.read()?;
    let config = args.configured.source().read(&graph)?;
    let record = flows::record_of(&args.output, args.record.as_deref())?;
    flows::tell_left(&graph, log)?;
    let batches = args.calibrating.open(&graph, &args.model.model, &outputs)?;
    let found = flows::calibrate(&graph, &config, &outputs, &batches, args.calibrating.memory << 20)?;
    flows::save(&found, &args.output, Some(&record), log)
}
