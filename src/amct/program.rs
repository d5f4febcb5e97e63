//! `amct_tensorflow`: AMCT's own command line, `calibration` and `convert`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};
use quant_amct::config::Arguments;

use super::flows::{self, Source};
use super::{Batched, InputShape, Log, Outputs, model};
use crate::data::{Data, Shapes};
use crate::failure::{Failure, Result};
use crate::verbs::accuracy::evaluator;

/// Quantizes frozen TensorFlow graphs for Ascend processors, with the command line of AMCT.
#[derive(Parser)]
#[command(
    name = "amct_tensorflow",
    version,
    arg_required_else_help = true,
    max_term_width = 110
)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
    /// Quantize a graph by calibration
    #[command(rename_all = "snake_case")]
    Calibration(Calibration),
    /// Convert a graph that was trained with FakeQuant nodes
    #[command(rename_all = "snake_case")]
    Convert(Convert),
}

#[derive(clap::Args)]
struct Calibration {
    /// Frozen graph
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// Output nodes, as in a:0;b:0
    #[arg(long, value_name = "NAMES")]
    outputs: Outputs,
    /// Shapes of inputs, as in input:32,224,224,3
    #[arg(long = "input_shape", value_name = "SHAPES")]
    input_shape: InputShape,
    /// Types of inputs, with ; between them: float32
    #[arg(
        long = "data_types",
        alias = "data_type",
        value_name = "TYPES",
        default_value = "float32"
    )]
    data_types: String,
    /// Folder with a file of raw little-endian values for each batch
    #[arg(long = "data_dir", value_name = "FOLDER")]
    data_dir: PathBuf,
    /// Beginning of the files to write
    #[arg(long = "save_path", value_name = "PREFIX")]
    save_path: PathBuf,
    /// Short configuration (.cfg), or config.json
    #[arg(long = "calibration_config", value_name = "FILE")]
    config: Option<PathBuf>,
    /// Batches that calibrate
    #[arg(
        long = "batch_num",
        value_name = "N",
        default_value_t = 1,
        conflicts_with = "config",
        allow_negative_numbers = true
    )]
    batch_num: i64,
    /// A command that gets the model's file and prints its metric (AMCT runs a Python file here)
    #[arg(long, value_name = "CMD")]
    evaluator: Option<String>,
}

#[derive(clap::Args)]
struct Convert {
    /// Frozen graph
    #[arg(long, value_name = "FILE")]
    model: PathBuf,
    /// Output nodes, as in a:0;b:0
    #[arg(long, value_name = "NAMES")]
    outputs: Outputs,
    /// Beginning of the files to write
    #[arg(long = "save_path", value_name = "PREFIX")]
    save_path: PathBuf,
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    match run(&Cli::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            failure.report();
            ExitCode::from(failure.code())
        }
    }
}

/// The command line, for completions.
pub fn command() -> clap::Command {
    <Cli as clap::CommandFactory>::command()
}

fn run(cli: &Cli) -> Result {
    let mut log = Log::open(Log::FOLDER.as_ref())?;
    match &cli.verb {
        Verb::Calibration(args) => calibration(args, &mut log),
        Verb::Convert(args) => {
            let graph = model::read(&args.model)?;
            let outputs = model::outputs(&graph, Some(&args.outputs), &args.model)?;
            let record = flows::record_of(&args.save_path, None)?;
            flows::convert_trained(graph, &outputs, &args.save_path, Some(&record), &mut log)
        }
    }
}

fn calibration(args: &Calibration, log: &mut Log) -> Result {
    if let Some(other) = args.data_types.split(';').find(|word| word.trim() != "float32") {
        return Err(Failure::Usage(format!(
            "--data_types {other}: files of float32 are read; `quant amct calibrate` takes others"
        )));
    }
    let graph = model::read(&args.model)?;
    let outputs = model::outputs(&graph, Some(&args.outputs), &args.model)?;
    let source = match &args.config {
        Some(path) => Source::of(path),
        None => Source::Arguments(Arguments {
            batch_num: args.batch_num,
            ..Arguments::default()
        }),
    };
    let config = source.read(&graph)?;
    let data = Data::Raw(args.data_dir.clone());
    let batches = Batched::open(
        &data,
        &Shapes::default(),
        (&graph, &args.model),
        &outputs,
        &args.input_shape,
        1,
    )?;
    flows::tell_left(&graph, log)?;
    let record = flows::record_of(&args.save_path, None)?;
    flows::write_config(&flows::beside(&args.save_path, "config.json"), &config, log)?;
    let found = flows::calibrate(&graph, &config, &outputs, &batches, flows::MEMORY)?;
    flows::save(&found, &args.save_path, Some(&record), log)?;
    if let Some(command) = &args.evaluator {
        let metric = |path: &std::path::Path| evaluator::run(command, path, 3600);
        let (float, quantized) = (
            metric(&args.model)?,
            metric(&super::Saved::of(&args.save_path).model)?,
        );
        log.info("AMCT", &format!("Accuracy of original model is {float}"))?;
        log.info("AMCT", &format!("Accuracy of saved model is {quantized}"))?;
    }
    Ok(())
}
