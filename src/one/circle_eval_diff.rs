//! `circle-eval-diff`: how far the outputs of two models are from each other, in the original's command line.

use std::fmt::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use quant_core::ir::Model;
use quant_core::metrics::{Errors, Metric};
use quant_core::quantized::running::Execution;

use super::data::{self, DataFormat};
use super::number::general;
use super::program;
use crate::failure::{Failure, Result};
use crate::outputs::{self, Side};
use crate::{execution, files, options};

/// Compares the outputs of two Circle models that run on the same records.
///
/// The first model is what is right, float as a rule; the second is looked at. A quantized model runs as a float model
/// that computes what its integers stand for (`circle-quantizer --fake_quantize`), and takes float data.
#[derive(Parser)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option without a value")]
#[command(
    name = "circle-eval-diff",
    version,
    disable_version_flag = true,
    after_long_help = AFTER,
    max_term_width = 110
)]
struct Args {
    /// Show the version and exit.
    #[arg(long, action = clap::ArgAction::Version)]
    version: Option<bool>,

    /// The first model (.circle; .tflite is read too).
    #[arg(long = "first_model", value_name = "MODEL")]
    first_model: PathBuf,

    /// The second model.
    #[arg(long = "second_model", value_name = "MODEL")]
    second_model: PathBuf,

    /// Data of the first model, in the form that --input_data_format says. Without both data options, three records of
    /// random values are taken, the same ones at each run.
    #[arg(long = "first_input_data", value_name = "DATA")]
    first_input_data: Option<PathBuf>,

    /// Data of the second model.
    #[arg(long = "second_input_data", value_name = "DATA")]
    second_input_data: Option<PathBuf>,

    /// The form of the data.
    #[arg(long = "input_data_format", value_name = "FORMAT", default_value = "h5")]
    input_data_format: DataFormat,

    /// Write every output of every record as raw little-endian float32: PREFIX.RECORD.first.outputN and
    /// PREFIX.RECORD.second.outputN.
    #[arg(long = "dump_output_with_prefix", value_name = "PREFIX")]
    dump_output_with_prefix: Option<String>,

    /// Print the mean absolute error.
    #[arg(long = "print_mae")]
    print_mae: bool,

    /// Print the mean absolute percentage error, over the elements that are not 0 in the first model.
    #[arg(long = "print_mape")]
    print_mape: bool,

    /// Print the mean peak error to interval ratio.
    #[arg(long = "print_mpeir")]
    print_mpeir: bool,

    /// Print in how many records the largest elements stand at the same place (1: in all).
    #[arg(long = "print_top1_match")]
    print_top1_match: bool,

    /// Print how many of the places of the five largest elements are the same (1: all).
    #[arg(long = "print_top5_match")]
    print_top5_match: bool,

    /// Print the mean squared error.
    #[arg(long = "print_mse")]
    print_mse: bool,
}

const AFTER: &str = "\
Data:
  h5         an HDF5 file: dataset /value/<record>/<input>, both numbered from 0
  list       a text file with a line for each record: one file of raw little-endian elements for each graph input
  directory  a folder in which each regular file is a record: all inputs, one after the other; in the order of names

Examples:
  circle-eval-diff --first_model float.circle --second_model fake_quantized.circle \\
    --first_input_data test.h5 --second_input_data test.h5 --print_mae --print_top1_match
  circle-eval-diff --first_model a.circle --second_model b.circle --print_mpeir --dump_output_with_prefix out/run

Exit codes:
  0    done
  255  anything else; one line on the standard error begins with ERROR and tells place, what is wrong, the way out";

/// The command line of the program, for completions.
pub fn command() -> clap::Command {
    <Args as clap::CommandFactory>::command()
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    program::main(|args| run(args).map_err(program::failed))
}

fn run(args: &Args) -> Result {
    if args.first_input_data.is_some() != args.second_input_data.is_some() {
        return Err(Failure::Usage(
            "Input data path should be given for both first_model and second_model, or neither must be given; add \
             the other of --first_input_data and --second_input_data"
                .to_owned(),
        ));
    }
    let open = |data: &Option<PathBuf>, path: &PathBuf, model: &Model| {
        data::open(data.as_deref(), args.input_data_format, model).map_err(data::within(path))
    };
    let read = |path: &PathBuf, data: &Option<PathBuf>| {
        let model = files::read_model(path)?;
        let execution = Execution::of(model.format);
        execution::running(path, &model, execution, |model| open(data, path, model))
    };
    let first = read(&args.first_model, &args.first_input_data)?;
    let second = read(&args.second_model, &args.second_input_data)?;
    let records = open(&args.first_input_data, &args.first_model, &first.model)?;
    let second_records = open(&args.second_input_data, &args.second_model, &second.model)?;
    let outputs = outputs::compare(
        &Side {
            path: &args.first_model,
            running: &first,
            records: records.as_ref(),
        },
        &Side {
            path: &args.second_model,
            running: &second,
            records: second_records.as_ref(),
        },
        args.dump_output_with_prefix.as_deref(),
        options::available(),
    )?;
    let metrics = [
        (args.print_mae, Metric::Mae),
        (args.print_mape, Metric::Mape),
        (args.print_mpeir, Metric::Mpeir),
        (args.print_top1_match, Metric::Top1),
        (args.print_top5_match, Metric::Top5),
        (args.print_mse, Metric::Mse),
    ];
    let metrics: Vec<Metric> = metrics
        .into_iter()
        .filter_map(|(selected, metric)| selected.then_some(metric))
        .collect();
    files::print(&report(&outputs, &metrics, records.len()))
}

/// The lines of the original: one for each record, then a block for each metric.
fn report(outputs: &[(String, Errors)], metrics: &[Metric], records: usize) -> String {
    let mut text = String::new();
    // An output with too few elements for a metric is named first.
    for (metric, k) in [(Metric::Top1, 1), (Metric::Top5, 5)] {
        let lacking = outputs
            .iter()
            .filter(|(_, errors)| errors.metric(metric).is_none());
        for (name, _) in lacking.filter(|_| metrics.contains(&metric)) {
            let _ = writeln!(
                text,
                "Top-{k}metric for {name} is ignored, because it has elements less than {k}"
            );
        }
    }
    for record in 0..records {
        let _ = writeln!(text, "Evaluating {record}'th data");
    }
    for metric in metrics {
        let (head, line, unit) = words(*metric);
        let _ = writeln!(text, "{head}");
        for (name, errors) in outputs {
            let value = match errors.metric(*metric) {
                Some(value) => general(value),
                None if metric.is_error() => "nan".to_owned(),
                None => continue,
            };
            let _ = writeln!(text, "{line} for {name} is {value}{unit}");
        }
        text.push('\n');
    }
    text
}

/// The heading of a metric, how its lines begin, and its unit.
fn words(metric: Metric) -> (&'static str, &'static str, &'static str) {
    match metric {
        Metric::Mae => ("Mean Absolute Error (MAE)", "MAE", ""),
        Metric::Mape => ("Mean Absolute Percentage Error (MAPE)", "MAPE", "%"),
        Metric::Mpeir => ("Mean Peak Error to Interval Ratio (MPEIR)", "MPEIR", ""),
        Metric::Mse => ("Mean Squared Error (MSE)", "MSE", ""),
        Metric::Top1 => (
            "Ratio of Matched Indices between Top-1 results of the models",
            "Mean Top-1 match ratio",
            "",
        ),
        Metric::Top5 => (
            "Ratio of Matched Indices between Top-5 results of the models",
            "Mean Top-5 match ratio",
            "",
        ),
    }
}
