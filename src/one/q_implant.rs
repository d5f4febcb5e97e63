//! `q-implant`: given scales, zero points and integers in a float model, in the original's command line.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use quant_core::implant;

use super::program;
use crate::failure::Result;
use crate::{files, qparam};

/// Writes given quantization parameters into a float Circle model.
///
/// A tensor takes the type, the scales and the zero points that the JSON gives it; a constant takes the integers too,
/// or, where none are given, those that its floats have with that scale and zero point. The outputs of Reshape,
/// Transpose and Split that get nothing take the parameters of their input. No other float tensor may remain.
#[derive(Parser)]
#[command(name = "q-implant", version, disable_version_flag = true, after_long_help = AFTER, max_term_width = 110)]
struct Args {
    /// Show the version and exit.
    #[arg(long, action = clap::ArgAction::Version)]
    version: Option<bool>,

    /// Say on the standard error what was done.
    #[arg(short = 'V', long)]
    verbose: bool,

    /// The float model (.circle; .tflite is read too).
    input: PathBuf,

    /// The parameters (JSON).
    qparam: PathBuf,

    /// The quantized model. It is written when everything went well; an old file stays until then.
    output: PathBuf,
}

const AFTER: &str = "\
Parameters:
  {\"ifm\": {\"dtype\": \"uint8\", \"scale\": \"0.npy\", \"zerop\": \"1.npy\", \"quantized_dimension\": 0},
   \"ker\": {\"dtype\": \"uint8\", \"scale\": \"2.npy\", \"zerop\": \"3.npy\", \"quantized_dimension\": 0,
           \"value\": \"4.npy\"}}
  dtype is uint8, int8, int16, int32 or int64; scale a list of float32, zerop of int64, one for the tensor or one for
  each index of quantized_dimension; value the integers of a constant, in its shape. Files are beside the JSON.

Examples:
  q-implant float.circle qparam.json quantized.circle

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
    let mut model = files::read_model(&args.input)?;
    let tensors = qparam::read(&args.qparam)?;
    implant::run(&mut model, &tensors, false).map_err(|error| error.within(args.qparam.display()))?;
    program::write_model(&args.output, &model)?;
    if args.verbose {
        eprintln!(
            "{}: parameters of {} tensors",
            args.output.display(),
            tensors.len()
        );
    }
    Ok(())
}
