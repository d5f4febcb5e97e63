//! `circle-tensordump`: every tensor of a model on the console or as HDF5, in the original's command line.

mod console;
mod elements;
mod hdf5;

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{ArgGroup, Parser};

use super::program;
use crate::failure::{Failure, Result};
use crate::files;

/// Shows the tensors of a Circle model: shapes, quantization parameters, and the values of constants.
///
/// Exactly one of --tensors and --tensors_to_hdf5 says where to.
#[derive(Parser)]
#[command(
    name = "circle-tensordump",
    version,
    after_long_help = AFTER,
    max_term_width = 110,
    group = ArgGroup::new("output").required(true).multiple(false).args(["tensors", "tensors_to_hdf5"])
)]
struct Args {
    /// The model (.circle; .tflite is read too).
    circle: PathBuf,

    /// Print the tensors of all graphs.
    #[arg(long)]
    tensors: bool,

    /// Write the tensors of all graphs into an HDF5 file.
    #[arg(long = "tensors_to_hdf5", value_name = "FILE")]
    tensors_to_hdf5: Option<PathBuf>,
}

const AFTER: &str = "\
HDF5:
  A group for each tensor, named by it with '/' as '_'. In it, as far as the tensor has them:
    weights              elements of a constant, in its type and shape; int4 and uint4 as a byte an element;
                         types that HDF5 has no numbers for, as their bytes
    min, max, scale      float32 [n]
    zero_point           int64 [n]
    quantized_dimension  int32, when there are quantization parameters
  Tensors without a name are left out.

Examples:
  circle-tensordump model.circle --tensors
  circle-tensordump model.circle --tensors_to_hdf5 model.h5

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
    let model = files::read_model(&args.circle)?;
    let within = |failure: Failure| match failure {
        Failure::Core(error) => Failure::Core(error.within(args.circle.display())),
        Failure::Invalid(text) => Failure::Invalid(format!("{}: {text}", args.circle.display())),
        other => other,
    };
    if let Some(path) = &args.tensors_to_hdf5 {
        let root = hdf5::tree(&model).map_err(within)?;
        return files::write_with(path, |out| {
            quant_hdf5::write(&root, out).map_err(|error| error.within(path.display()).into())
        });
    }
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let done = console::print(&model, &mut out).map_err(within);
    match done.and_then(|()| out.flush().map_err(|error| console::failed(&error))) {
        // A reader that has seen enough may close its end.
        Err(Failure::Io(text)) if text.is_empty() => Ok(()),
        done => done,
    }
}
