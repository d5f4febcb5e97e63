//! `fake-quantize`: step 1.

use std::path::PathBuf;

use serde_json::json;

use quant_core::fake_quantize;

use crate::failure::Result;
use crate::json::Json;
use crate::litert::Strict;
use crate::options::{Target, Threads, use_threads};
use crate::{files, size};

/// What is said when no weights were found.
const NOTHING: &str = "nothing was quantized: no Conv2D, DepthwiseConv2D, TransposeConv or FullyConnected of the model has a \
                       constant float filter\n";

#[derive(clap::Args)]
pub struct Args {
    /// Float model (.circle, .tflite, .recipe, .pb or .onnx)
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
    #[command(flatten)]
    json: Json,
}

pub fn run(args: &Args) -> Result {
    files::format_of(&args.output)?;
    use_threads(args.threads.threads)?;
    let mut model = files::read_float_model(&args.model)?;
    let before = size::of(Some(&args.model), &model);
    let weights = fake_quantize::run(&mut model, &args.target.config()?)
        .map_err(|error| error.within(args.model.display()))?;
    let bytes = files::write_model(&args.output, &model, args.strict)?;
    let nothing = if weights == 0 { NOTHING } else { "" };
    args.json.print(&format!(
        "{}: {}\n{nothing}",
        args.output.display(),
        size::compared(bytes, before, "the float model")
    ))?;
    args.json.write("fake-quantize", || {
        json!({
            "model": args.model.display().to_string(),
            "output": args.output.display().to_string(),
            "bytes": bytes,
            "model_bytes": before,
            "weights": weights,
        })
    })
}
