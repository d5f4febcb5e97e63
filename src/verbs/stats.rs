//! `stats`: what a recording has.

mod page;

use std::path::PathBuf;

use serde_json::{Value, json};

use quant_core::record::recording::{Observed, Recording};
use quant_core::record::{AnyObserver, Values};

use crate::failure::Result;
use crate::json::Json;
use crate::{files, recordings, table};

#[derive(clap::Args)]
pub struct Args {
    /// Recording (.qstat)
    file: PathBuf,
    /// A page with the histograms (.html)
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    #[command(flatten)]
    json: Json,
}

pub fn run(args: &Args) -> Result {
    let recording = recordings::read(&args.file)?;
    let found = json(args, &recording);
    if let Some(output) = &args.output {
        files::write(output, page::html(&found).as_bytes())?;
    }
    args.json.print(&text(args, &recording))?;
    args.json.write("stats", || found)
}

fn text(args: &Args, recording: &Recording) -> String {
    let (head, seen) = (recording.head(), recording.records());
    let options = &head.job.options;
    let mut text = format!(
        "{}: {}, records {}…{} of {}{}\nmodel {}\n",
        args.file.display(),
        options.mode,
        seen.start,
        seen.end,
        head.job.records,
        if recording.is_complete() { "" } else { " (a part)" },
        head.model
    );
    for (key, value) in &head.job.data {
        text.extend([key.as_str(), ": ", value, "\n"]);
    }
    let data = format!("data: {:032x}\n\n", head.data);
    let rows: Vec<Vec<String>> = recording
        .tensors()
        .map(|tensor| {
            let extremes = extremes(tensor.observer);
            let end = |end: Option<f32>| end.map_or_else(|| "-".to_owned(), |end| end.to_string());
            vec![
                tensor.name.to_owned(),
                tensor.seen.to_string(),
                tensor.range.min.to_string(),
                tensor.range.max.to_string(),
                end(extremes.map(|(min, _)| min)),
                end(extremes.map(|(_, max)| max)),
                observer(tensor.observer).to_owned(),
            ]
        })
        .collect();
    text + &data
        + &table::table(
            &["tensor", "seen", "min", "max", "least", "greatest", "by"],
            &rows,
        )
}

/// The word of what observed a tensor.
fn observer(observer: &AnyObserver) -> &'static str {
    match observer {
        AnyObserver::MinMax(_) => "minmax",
        AnyObserver::Percentile(_) => "one",
        AnyObserver::MovingAverage(_) => "moving-average",
        AnyObserver::Running(_) => "running",
        AnyObserver::Exponential(_) => "exponential",
        AnyObserver::Ema(_) => "ema",
        AnyObserver::Values(_) => "percentile",
        AnyObserver::Entropy(_) => "kl",
        AnyObserver::SquaredError(_) => "mse",
        AnyObserver::Fixed(_) => "override",
        AnyObserver::Nothing => "nothing",
    }
}

/// The least and the greatest value, where the observer knows them.
fn extremes(observer: &AnyObserver) -> Option<(f32, f32)> {
    match observer {
        AnyObserver::Values(state) => state.extremes().map(|range| (range.min, range.max)),
        AnyObserver::Entropy(state) => Some((state.extremes().min, state.extremes().max)),
        AnyObserver::SquaredError(state) => Some(state.histogram().ends()),
        _ => None,
    }
}

/// Bins with values: the lower and the upper edge, and how many.
fn bins(observer: &AnyObserver) -> Vec<(f64, f64, u64)> {
    let linear = |histogram: &quant_core::record::Histogram| {
        let (low, width) = (f64::from(histogram.ends().0), histogram.width());
        let counts = histogram.counts().iter().enumerate();
        let counts = counts.filter(|(_, count)| **count > 0);
        let edge = |bin: usize| low + width * bin as f64;
        counts
            .map(|(bin, count)| (edge(bin), edge(bin + 1), *count))
            .collect()
    };
    match observer {
        AnyObserver::Values(state) => state
            .bins()
            .map(|(bin, count)| {
                let (low, high) = Values::edges(bin);
                (low, high, count)
            })
            .collect(),
        AnyObserver::Entropy(state) => linear(state.histogram()),
        AnyObserver::SquaredError(state) => linear(state.histogram()),
        _ => Vec::new(),
    }
}

fn one(tensor: &Observed<'_>) -> Value {
    let extremes = extremes(tensor.observer);
    let bins: Vec<Value> = bins(tensor.observer)
        .into_iter()
        .map(|(low, high, count)| json!([low, high, count]))
        .collect();
    json!({
        "name": tensor.name,
        "seen": tensor.seen,
        "observer": observer(tensor.observer),
        "min": tensor.range.min,
        "max": tensor.range.max,
        "least": extremes.map(|(min, _)| min),
        "greatest": extremes.map(|(_, max)| max),
        "of_magnitudes": matches!(tensor.observer, AnyObserver::Entropy(_)),
        "bins": bins,
    })
}

fn json(args: &Args, recording: &Recording) -> Value {
    let (head, seen) = (recording.head(), recording.records());
    let data: serde_json::Map<String, Value> = head
        .job
        .data
        .iter()
        .map(|(key, value)| (key.clone(), json!(value)))
        .collect();
    json!({
        "file": args.file.display().to_string(),
        "observer": head.job.options.mode.to_string(),
        "model": head.model.to_string(),
        "data": data,
        "data_digest": format!("{:032x}", head.data),
        "first": seen.start,
        "records": seen.len(),
        "records_in_all": head.job.records,
        "complete": recording.is_complete(),
        "lowest": head.job.options.lowest,
        "kernels": head.job.options.floats.name(),
        "edges": head.edges.map(|edges| edges.recording.to_string()),
        "tensors": recording.tensors().map(|tensor| one(&tensor)).collect::<Vec<_>>(),
    })
}
