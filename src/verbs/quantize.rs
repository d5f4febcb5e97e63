//! `quantize`: step 3.

use std::path::PathBuf;

use quant_core::quantize;

use crate::failure::Result;
use crate::files;
use crate::litert::Strict;
use crate::options::{Finish, Target, Threads, use_threads};

#[derive(clap::Args)]
pub struct Args {
    /// Model of step 2 (.circle or .tflite)
    model: PathBuf,
    /// Quantized model (.circle or .tflite)
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    finish: Finish,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    strict: Strict,
}

pub fn run(args: &Args) -> Result {
    files::format_of(&args.output)?;
    use_threads(args.threads.threads)?;
    let mut config = args.target.config()?;
    args.finish.apply(&mut config);
    let mut model = files::read_model(&args.model)?;
    quantize::run(&mut model, &config).map_err(|error| error.within(args.model.display()))?;
    let bytes = files::write_model(&args.output, &model, args.strict)?;
    files::print(&format!("{}: {bytes} bytes\n", args.output.display()))
}
