//! `weights-only`: integers for weights, floats for activations.

use std::path::PathBuf;

use quant_case::QuantType;
use quant_core::config::Config;
use quant_core::weights_only;

use crate::failure::Result;
use crate::json::Json;
use crate::litert::Strict;
use crate::options::Threads;
use crate::summary::{Summary, Times};
use crate::{files, options, size};

/// What is said when no weights were found.
const NOTHING: &str = "nothing was quantized: no Conv2D, DepthwiseConv2D or FullyConnected of the model has a constant float \
                       filter\n";

#[derive(clap::Args)]
pub struct Args {
    /// Float model (.circle, .tflite, .recipe, .pb or .onnx)
    model: PathBuf,
    /// Type of the weights; symmetric, one scale for each output channel
    #[arg(long = "type", default_value = "int8", value_parser = options::word::<QuantType>(&["int4", "int8", "int16"]))]
    dtype: QuantType,
    /// Model with quantized weights (.circle or .tflite)
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    strict: Strict,
    #[command(flatten)]
    json: Json,
}

pub fn run(args: &Args) -> Result {
    files::format_of(&args.output)?;
    options::use_threads(args.threads.threads)?;
    let mut times = Times::default();
    let float = times.take("import", || files::read_float_model(&args.model))?;
    let float_bytes = size::of(Some(&args.model), &float);
    let mut model = float.clone();
    let weights = times
        .take("quantize", || {
            weights_only::run(&mut model, &Config::weights_only(args.dtype))
        })
        .map_err(|error| error.within(args.model.display()))?;
    let bytes = times.take("export", || files::write_model(&args.output, &model, args.strict))?;
    let summary = Summary {
        name: &args.model,
        output: &args.output,
        bytes,
        float_bytes,
        records: None,
        float: &float,
        quantized: &model,
        remedies: &[],
        kept: &[],
        check: None,
        times: &times,
    };
    let nothing = if weights == 0 { NOTHING } else { "" };
    args.json.print(&format!("{summary}{nothing}"))?;
    args.json.write("weights-only", || summary.json())
}
