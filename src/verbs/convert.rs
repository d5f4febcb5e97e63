//! `convert`: the same model in another format.

use std::path::PathBuf;

use serde_json::json;

use crate::failure::Result;
use crate::json::Json;
use crate::litert::Strict;
use crate::{files, size};

#[derive(clap::Args)]
pub struct Args {
    /// Model (.circle, .tflite, .recipe, .pb or .onnx)
    model: PathBuf,
    /// The same model (.circle or .tflite)
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    strict: Strict,
    #[command(flatten)]
    json: Json,
}

pub fn run(args: &Args) -> Result {
    files::format_of(&args.output)?;
    let model = files::read_model(&args.model)?;
    let before = size::of(Some(&args.model), &model);
    let bytes = files::write_model(&args.output, &model, args.strict)?;
    args.json.print(&format!(
        "{}: {}\n",
        args.output.display(),
        size::compared(bytes, before, "the model")
    ))?;
    args.json.write("convert", || {
        json!({
            "model": args.model.display().to_string(),
            "output": args.output.display().to_string(),
            "bytes": bytes,
            "model_bytes": before,
        })
    })
}
