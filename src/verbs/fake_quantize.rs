//! `fake-quantize`: step 1.

use std::path::PathBuf;

use quant_core::fake_quantize;

use crate::failure::Result;
use crate::files;
use crate::litert::Strict;
use crate::options::{Target, Threads, use_threads};

#[derive(clap::Args)]
pub struct Args {
    /// Float model (.circle, .tflite or .recipe)
    model: PathBuf,
    /// Model with fake-quantized weights (.circle or .tflite)
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    target: Target,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    strict: Strict,
}

pub fn run(args: &Args) -> Result {
    files::format_of(&args.output)?;
    use_threads(args.threads.threads)?;
    let mut model = files::read_float_model(&args.model)?;
    fake_quantize::run(&mut model, &args.target.config()?)
        .map_err(|error| error.within(args.model.display()))?;
    let bytes = files::write_model(&args.output, &model, args.strict)?;
    files::print(&format!("{}: {bytes} bytes\n", args.output.display()))
}
