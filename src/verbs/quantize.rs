//! `quantize`: step 3.

use std::path::{Path, PathBuf};

use serde_json::json;

use quant_core::ir::Model;
use quant_core::quantize::{precheck, squeezed};
use quant_core::scheme::tflite::statistics::Statistics;
use quant_core::{fake_quantize, fold, quantize};

use crate::failure::Result;
use crate::json::Json;
use crate::litert::Strict;
use crate::options::{Choice, Threads, unfound, use_threads};
use crate::{files, kept, size, warnings};

#[derive(clap::Args)]
pub struct Args {
    /// Model of step 2 (.circle or .tflite)
    model: PathBuf,
    /// Quantized model (.circle or .tflite)
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Recorded ranges from elsewhere, in place of those in the model: a list of [index, name, min, max], or an object
    /// {name: {min: [..], max: [..]}} as ai-edge-quantizer keeps them (JSON)
    #[arg(long, value_name = "FILE")]
    statistics: Option<PathBuf>,
    #[command(flatten)]
    choice: Choice,
    #[command(flatten)]
    threads: Threads,
    #[command(flatten)]
    strict: Strict,
    #[command(flatten)]
    json: Json,
}

/// What is said when no activation is a float: the model is written as it was.
pub const NOTHING: &str = "there is nothing to quantize: no activation of the model is float32\n";

/// Ranges of a file go into the model. Activations that have none there are told; a scheme may do without.
fn statistics(model: &mut Model, path: &Path) -> Result {
    let within = |error: quant_core::Error| error.within(path.display());
    let statistics = Statistics::parse(&files::read_text(path)?).map_err(within)?;
    let missing = statistics.write(model).map_err(within)?;
    if let Some(first) = missing.first() {
        let more = match missing.len() {
            1 => String::new(),
            count => format!(" and {} more", count - 1),
        };
        warnings::warn(path, format!("it has no range of the activation `{first}`{more}"));
    }
    Ok(())
}

pub fn run(args: &Args) -> Result {
    let format = files::format_of(&args.output)?;
    use_threads(args.threads.threads)?;
    let within = |error: quant_core::Error| error.within(args.model.display());
    let mut model = files::read_model(&args.model)?;
    let config = args.choice.config(
        &args.model,
        format,
        fake_quantize::is_done(&model),
        args.strict.strict,
    )?;
    unfound::warn(&args.model, &model, &args.choice.float);
    let before = size::of(Some(&args.model), &model);
    if let Some(path) = &args.statistics {
        statistics(&mut model, path)?;
    }
    fold::constants(&mut model).map_err(within)?;
    let squeezed = squeezed::of(&model, &config);
    let any = precheck::has_float_activations(&model);
    let kept = quantize::run(&mut model, &config).map_err(within)?;
    squeezed
        .iter()
        .for_each(|warning| warnings::warn(&args.model, warning));
    let bytes = files::write_model(&args.output, &model, args.strict)?;
    args.json.print(&format!(
        "{}: {}\n{}{}",
        args.output.display(),
        size::compared(bytes, before, "the recorded model"),
        kept::lines(&kept),
        if any { "" } else { NOTHING }
    ))?;
    args.json.write("quantize", || {
        json!({
            "model": args.model.display().to_string(),
            "output": args.output.display().to_string(),
            "bytes": bytes,
            "model_bytes": before,
            "float_operators": kept::json(&kept),
        })
    })
}
