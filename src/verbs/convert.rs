//! `convert`: the same model in another format.

use std::path::PathBuf;

use crate::failure::Result;
use crate::files;
use crate::litert::Strict;

#[derive(clap::Args)]
pub struct Args {
    /// Model (.circle, .tflite or .recipe)
    model: PathBuf,
    /// The same model (.circle or .tflite)
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    strict: Strict,
}

pub fn run(args: &Args) -> Result {
    files::format_of(&args.output)?;
    let model = files::read_model(&args.model)?;
    let bytes = files::write_model(&args.output, &model, args.strict)?;
    files::print(&format!("{}: {bytes} bytes\n", args.output.display()))
}
