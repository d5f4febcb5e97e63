//! `record`: step 2.

use std::path::PathBuf;

use serde_json::json;

use quant_core::scheme::Calibration;
use quant_core::{fake_quantize, record};

use crate::data::{self, Data, Shapes};
use crate::failure::{Failure, Result};
use crate::json::Json;
use crate::litert::Strict;
use crate::options::{self, Lowest, Named, Recording};
use crate::{files, progress, size, warnings};

#[derive(clap::Args)]
pub struct Args {
    /// Model of step 1 (.circle, .tflite, .recipe or .pb)
    model: PathBuf,
    #[arg(long, help = data::HELP, value_parser = options::data)]
    data: Data,
    #[command(flatten)]
    shapes: Shapes,
    /// Model with recorded ranges (.circle or .tflite)
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    recording: Recording,
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    strict: Strict,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    lowest: Lowest,
}

pub fn run(args: &Args) -> Result {
    let format = files::format_of(&args.output)?;
    args.recording.check()?;
    options::use_threads(args.recording.threads)?;
    let mut model = files::read_running_model(&args.model)?;
    let before = size::of(Some(&args.model), &model);
    let records = args.data.open(&model, &args.shapes)?;
    let scheme = args.named.scheme(format, fake_quantize::is_done(&model))?;
    let mut options = args.recording.options(args.lowest.lowest);
    options.mode = match (args.recording.asked(), scheme.calibration()) {
        (Some(mode), _) | (None, Calibration::Float(mode) | Calibration::FakeQuantized(mode)) => mode,
        (None, Calibration::None) => {
            return Err(Failure::Usage(format!(
                "--scheme {0}: it takes no recorded ranges; `quant run --scheme {0}` needs no data",
                scheme.name()
            )));
        }
    };
    let bar = progress::bar("recording", records.len());
    let notes = record::run(&mut model, records.as_ref(), &options, &|_| bar.inc(1));
    bar.finish_and_clear();
    for note in notes.map_err(|error| error.within(args.model.display()))? {
        warnings::warn(&args.model, note);
    }
    let bytes = files::write_model(&args.output, &model, args.strict)?;
    args.json.print(&format!(
        "{}: {}, ranges from {} records\n",
        args.output.display(),
        size::compared(bytes, before, "the model"),
        records.len()
    ))?;
    args.json.write("record", || {
        json!({
            "model": args.model.display().to_string(),
            "output": args.output.display().to_string(),
            "bytes": bytes,
            "model_bytes": before,
            "records": records.len(),
        })
    })
}
