//! `implant`: scales, zero points and integers from JSON and NumPy files, written into a float model.

use std::path::PathBuf;

use quant_core::implant;
use serde_json::json;

use crate::failure::Result;
use crate::json::Json;
use crate::litert::Strict;
use crate::{files, qparam, size};

#[derive(clap::Args)]
pub struct Args {
    /// Float model (.circle, .tflite, .recipe, .pb or .onnx)
    model: PathBuf,
    /// JSON: {tensor: {"dtype", "scale", "zerop", "quantized_dimension", "value"}}; scale, zerop and value name .npy
    /// files, relative to the JSON
    params: PathBuf,
    /// Model with the parameters (.circle or .tflite)
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Let tensors without parameters stay float32
    #[arg(long)]
    partial: bool,
    #[command(flatten)]
    strict: Strict,
    #[command(flatten)]
    json: Json,
}

pub fn run(args: &Args) -> Result {
    files::format_of(&args.output)?;
    let mut model = files::read_model(&args.model)?;
    let before = size::of(Some(&args.model), &model);
    let tensors = qparam::read(&args.params)?;
    implant::run(&mut model, &tensors, args.partial).map_err(|error| error.within(args.params.display()))?;
    let bytes = files::write_model(&args.output, &model, args.strict)?;
    args.json.print(&format!(
        "{}: {}, parameters of {} tensors\n",
        args.output.display(),
        size::compared(bytes, before, "the float model"),
        tensors.len()
    ))?;
    args.json.write("implant", || {
        json!({
            "model": args.model.display().to_string(),
            "output": args.output.display().to_string(),
            "bytes": bytes,
            "model_bytes": before,
            "tensors": tensors.iter().map(|(name, _)| name).collect::<Vec<_>>(),
        })
    })
}
