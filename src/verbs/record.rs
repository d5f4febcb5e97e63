//! `record`: step 2.

mod keep;

use std::path::PathBuf;

use serde_json::json;

use quant_core::ir::Model;
use quant_core::record::{RecordOptions, Records};
use quant_core::scheme::Calibration;
use quant_core::{fake_quantize, record};

use crate::data::{self, Data, Shapes};
use crate::failure::{Failure, Result};
use crate::json::Json;
use crate::litert::Strict;
use crate::options::{self, Lowest, Named, Recording};
use crate::{files, progress, recordings, size, warnings};

#[derive(clap::Args)]
pub struct Args {
    /// Model of step 1 (.circle, .tflite, .recipe, .pb or .onnx)
    #[arg(required_unless_present = "merge")]
    model: Option<PathBuf>,
    #[arg(long, help = data::HELP, value_parser = options::data, required_unless_present_any = ["merge", "ranges_of"])]
    data: Option<Data>,
    #[command(flatten)]
    shapes: Shapes,
    /// Model with recorded ranges (.circle or .tflite), or the recording itself (.qstat)
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    #[command(flatten)]
    recording: Recording,
    #[command(flatten)]
    keep: keep::Keep,
    #[command(flatten)]
    named: Named,
    #[command(flatten)]
    strict: Strict,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    lowest: Lowest,
}

impl Args {
    fn to(&self) -> keep::To<'_> {
        keep::To {
            output: &self.output,
            model: self.model.as_deref(),
            json: &self.json,
        }
    }
}

pub fn run(args: &Args) -> Result {
    args.recording.check()?;
    options::use_threads(args.recording.threads)?;
    if !args.keep.merge.is_empty() {
        return keep::merge(&args.keep, &args.to());
    }
    let is_kept = recordings::is_named(&args.output);
    let (Some(path), false) = (&args.model, is_kept && args.data.is_none()) else {
        return Err(Failure::Usage("record: give --data for a recording".to_owned()));
    };
    let format = if is_kept {
        files::default_format(path)
    } else {
        args.keep.refuse()?;
        files::format_of(&args.output)?
    };
    let mut model = files::read_running_model(path)?;
    let before = size::of(Some(path), &model);
    if let Some(ranges) = &args.keep.ranges_of {
        let notes = recordings::read(ranges)?.write(&mut model);
        let notes = notes.map_err(|error| error.within(ranges.display()))?;
        notes.iter().for_each(|note| warnings::warn(path, note));
        return written(args, &model, before, None);
    }
    let Some(data) = &args.data else {
        return Err(Failure::Usage("record: give --data".to_owned()));
    };
    let records = data.open(&model, &args.shapes)?;
    let scheme = args.named.scheme(format, fake_quantize::is_done(&model))?;
    let options = match (args.recording.asked(), scheme.calibration()) {
        (_, Calibration::Float(mode) | Calibration::FakeQuantized(mode))
        | (Some(mode), Calibration::None) => args.recording.options(mode, args.lowest.lowest)?,
        (None, Calibration::None) => {
            return Err(Failure::Usage(format!(
                "--scheme {0}: it takes no recorded ranges; `quant run --scheme {0}` needs no data",
                scheme.name()
            )));
        }
    };
    if is_kept {
        return keep::record(
            &args.keep,
            &args.to(),
            model,
            options,
            (data, &args.shapes),
            records.as_ref(),
        );
    }
    ranges(path, &mut model, &options, records.as_ref())?;
    written(args, &model, before, Some(records.len()))
}

/// The model gets ranges.
fn ranges(
    path: &std::path::Path,
    model: &mut Model,
    options: &RecordOptions,
    records: &dyn Records,
) -> Result {
    let bar = progress::bar("recording", options.passes() * records.len());
    let notes = record::run(model, records, options, &|_| bar.inc(1));
    bar.finish_and_clear();
    for note in notes.map_err(|error| error.within(path.display()))? {
        warnings::warn(path, note);
    }
    Ok(())
}

fn written(args: &Args, model: &Model, before: Option<u64>, records: Option<usize>) -> Result {
    let bytes = files::write_model(&args.output, model, args.strict)?;
    let from = match records {
        Some(records) => format!("{records} records"),
        None => "a recording".to_owned(),
    };
    args.json.print(&format!(
        "{}: {}, ranges from {from}\n",
        args.output.display(),
        size::compared(bytes, before, "the model"),
    ))?;
    args.json.write("record", || {
        json!({
            "model": args.model.as_ref().map(|path| path.display().to_string()),
            "output": args.output.display().to_string(),
            "bytes": bytes,
            "model_bytes": before,
            "records": records,
        })
    })
}
