//! `record-minmax`: the range of every activation, in the original's command line.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Instant;

use clap::{Parser, ValueEnum};
use quant_core::interp::FloatProfile;
use quant_core::profile::Profile;
use quant_core::record::{self, Mode, RecordOptions};

use super::data::{self, DataFormat};
use super::program;
use crate::failure::Result;
use crate::{files, options, progress};

/// Embeds the minimum and maximum of activations in a Circle model, for post-training quantization.
///
/// The float model runs on each record of representative data. Of each activation and each graph input that is
/// float32, the minimum and the maximum in every record become one range, which is written into the output model
/// beside the tensor (quantization.min and .max). Everything else in the model stays as it was, also the scales and
/// ranges that `circle-quantizer --quantize_dequantize_weights` gave the weights. `circle-quantizer
/// --quantize_with_minmax` reads the ranges next.
#[derive(Parser)]
#[command(
    name = "record-minmax",
    version,
    arg_required_else_help = false,
    disable_version_flag = true,
    after_long_help = AFTER,
    max_term_width = 110
)]
struct Args {
    /// Show the version and exit.
    #[arg(long, action = clap::ArgAction::Version)]
    version: Option<bool>,

    /// Say on the standard error what is done, and how long it took.
    #[arg(short = 'V', long)]
    verbose: bool,

    /// The float model (.circle; .tflite is read too).
    #[arg(long = "input_model", value_name = "MODEL")]
    input_model: PathBuf,

    /// Representative data, in the form that --input_data_format says. Without it, three records of random values
    /// are taken, the same ones at each run; they do not represent anything, so expect a poor accuracy.
    #[arg(long = "input_data", value_name = "DATA")]
    input_data: Option<PathBuf>,

    /// The model with ranges. It is written when everything went well; an old file stays until then.
    #[arg(long = "output_model", value_name = "MODEL")]
    output_model: PathBuf,

    /// The percentile of the records' minima that becomes the minimum, 0…100, with --mode percentile.
    #[arg(
        long = "min_percentile",
        value_name = "P",
        default_value_t = 1.0,
        allow_negative_numbers = true
    )]
    min_percentile: f32,

    /// The percentile of the records' maxima that becomes the maximum, 0…100, with --mode percentile.
    #[arg(
        long = "max_percentile",
        value_name = "P",
        default_value_t = 99.0,
        allow_negative_numbers = true
    )]
    max_percentile: f32,

    /// How the ranges of single records become one.
    #[arg(long, value_name = "MODE", default_value = "percentile")]
    mode: ModeName,

    /// Records in a batch, at least 1, with --mode moving_average: the minimum and maximum of each batch enter the
    /// average.
    #[arg(long = "moving_avg_batch", value_name = "N", default_value_t = 16)]
    moving_avg_batch: usize,

    /// Weight of the newest batch, 0…1, with --mode moving_average: avg = avg·(1 − C) + batch·C.
    #[arg(
        long = "moving_avg_const",
        value_name = "C",
        default_value_t = 0.1,
        allow_negative_numbers = true
    )]
    moving_avg_const: f32,

    /// The form of --input_data.
    #[arg(long = "input_data_format", value_name = "FORMAT", default_value = "h5")]
    input_data_format: DataFormat,

    /// Threads that run the model. Records are read one at a time, whatever their number and the form of the data;
    /// the result does not depend on it.
    #[arg(long = "num_threads", value_name = "N", default_value_t = 1)]
    num_threads: usize,

    /// Whose floats the model computes: those of the original to the last bit, or faster ones, with which a range may
    /// differ in the last bits. (Not an option of the original.)
    #[arg(long, value_name = "KERNELS", default_value = "one", value_parser = options::kernels)]
    kernels: FloatProfile,

    /// Write profiling data (metadata ONE_source_table and ONE_op_table): which operators of the first model each
    /// operator comes from.
    #[arg(long = "generate_profile_data")]
    generate_profile_data: bool,
}

const AFTER: &str = "\
Data:
  h5         an HDF5 file: dataset /value/<record>/<input>, both numbered from 0, of the input's type (float32,
             int8, int16, int32, int64, uint8, or bool as NumPy writes it) and shape. With an attribute rawData on /value, datasets are
             bytes of the input's size, of any type and shape
  list       a text file with a line for each record: one file of raw little-endian elements for each graph input,
             separated by blanks, or one file with all inputs, one after the other
  directory  a folder in which each regular file is a record: all inputs, one after the other; in the order of names

Examples:
  record-minmax --input_model m.circle --input_data data.h5 --output_model out.circle
  record-minmax --input_model m.circle --input_data list.txt --input_data_format list --mode moving_average \\
    --moving_avg_batch 32 --output_model out.circle
  record-minmax --input_model m.circle --input_data data.h5 --num_threads 8 --output_model out.circle

Exit codes:
  0    done
  255  anything else; one line on the standard error begins with ERROR and tells place, what is wrong, the way out";

#[derive(Clone, Copy, ValueEnum)]
enum ModeName {
    /// Percentiles of minima and of maxima.
    Percentile,
    /// An exponential average over batches.
    #[value(name = "moving_average")]
    MovingAverage,
}

/// The command line of the program, for completions.
pub fn command() -> clap::Command {
    <Args as clap::CommandFactory>::command()
}

/// Runs the program with the arguments of the process.
pub fn main() -> ExitCode {
    program::main(|args| run(args).map_err(program::failed))
}

fn run(args: &Args) -> Result {
    let start = Instant::now();
    let threads = options::usable(args.num_threads);
    if threads > 1 {
        options::use_threads(threads)?;
    }
    let mut model = files::read_running_model(&args.input_model)?;
    let profile = args
        .generate_profile_data
        .then(|| Profile::of(&model))
        .transpose();
    let profile = profile.map_err(|error| error.within(args.input_model.display()))?;
    let records = data::open(args.input_data.as_deref(), args.input_data_format, &model)
        .map_err(data::within(&args.input_model))?;
    let options = RecordOptions {
        mode: match args.mode {
            ModeName::Percentile => Mode::Percentile {
                min: args.min_percentile,
                max: args.max_percentile,
            },
            ModeName::MovingAverage => Mode::MovingAverage {
                batch: args.moving_avg_batch,
                constant: args.moving_avg_const,
            },
        },
        threads,
        lowest: None,
        floats: args.kernels,
        ..RecordOptions::default()
    };
    let bar = progress::bar("recording", records.len());
    let done = record::run(&mut model, records.as_ref(), &options, &|_| bar.inc(1));
    bar.finish_and_clear();
    let notes = done.map_err(|error| error.within(args.input_model.display()))?;
    if let Some(profile) = profile {
        profile.write(&mut model);
    }
    program::write_model(&args.output_model, &model)?;
    for note in notes {
        eprintln!("WARNING: {note}");
    }
    if args.verbose {
        eprintln!(
            "{}: {} records on {} threads, {:.3} s",
            args.output_model.display(),
            records.len(),
            args.num_threads,
            start.elapsed().as_secs_f64()
        );
    }
    files::print(&format!(
        "Recording finished. Number of recorded data: {}\n",
        records.len()
    ))
}
