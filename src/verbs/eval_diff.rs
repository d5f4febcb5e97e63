//! `eval-diff`: two models, one data set, and how far their outputs are from each other.

use std::path::PathBuf;

use quant_core::metrics::{Errors, Metric};
use serde_json::{Map, json};

use crate::data::{self, Data, Shapes};
use crate::failure::Result;
use crate::table::{number, shortened, table};
use crate::{files, options, outputs, simulate};

#[derive(clap::Args)]
pub struct Args {
    /// What is right (.circle, .tflite or .recipe), float as a rule
    a: PathBuf,
    /// What is looked at; quantized models run with fake quantization
    b: PathBuf,
    #[arg(long, help = data::HELP, value_parser = options::data)]
    data: Data,
    /// Data of the second model, when it is not the same
    #[arg(long, value_name = "DATA", value_parser = options::data)]
    data_b: Option<Data>,
    #[command(flatten)]
    shapes: Shapes,
    /// Metrics to print, separated by commas
    #[arg(long, value_name = "WORDS", value_delimiter = ',', default_value = "mae,mape,mpeir,mse,top1,top5",
          value_parser = options::word::<Metric>(&["mae", "mape", "mpeir", "mse", "top1", "top5"]))]
    metric: Vec<Metric>,
    /// File for the same numbers as JSON
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Write each output of each record as raw little-endian bytes: PREFIX.RECORD.first.outputN and
    /// PREFIX.RECORD.second.outputN
    #[arg(long, value_name = "PREFIX")]
    dump_output_prefix: Option<String>,
    /// Threads that run the models; the result does not depend on it
    #[arg(long, value_name = "N", default_value_t = options::available(), value_parser = options::threads)]
    threads: usize,
}

pub fn run(args: &Args) -> Result {
    let (a, b) = (simulate::read_model(&args.a)?, simulate::read_model(&args.b)?);
    let records_a = args.data.open(&a, &args.shapes)?;
    let records_b = args
        .data_b
        .as_ref()
        .unwrap_or(&args.data)
        .open(&b, &args.shapes)?;
    let first = outputs::Side {
        path: &args.a,
        model: &a,
        records: records_a.as_ref(),
    };
    let second = outputs::Side {
        path: &args.b,
        model: &b,
        records: records_b.as_ref(),
    };
    let outputs = outputs::compare(&first, &second, args.dump_output_prefix.as_deref(), args.threads)?;
    let mut metric = args.metric.clone();
    let mut kept = Vec::new();
    metric.retain(|metric| {
        !kept.contains(metric) && {
            kept.push(*metric);
            true
        }
    });
    if let Some(path) = &args.json {
        let text = as_json(args, &outputs, &metric, records_a.len());
        files::write(path, text.as_bytes())?;
    }
    let head: Vec<&str> = std::iter::once("output")
        .chain(metric.iter().map(|metric| metric.word()))
        .collect();
    let rows: Vec<Vec<String>> = outputs
        .iter()
        .map(|(name, errors)| {
            let numbers = metric.iter().map(|metric| number(errors.metric(*metric)));
            std::iter::once(shortened(name)).chain(numbers).collect()
        })
        .collect();
    files::print(&format!("{}{} records\n", table(&head, &rows), records_a.len()))
}

fn as_json(args: &Args, outputs: &[(String, Errors)], metric: &[Metric], records: usize) -> String {
    let outputs: Vec<_> = outputs
        .iter()
        .map(|(name, errors)| {
            let mut entry = Map::new();
            entry.insert("name".into(), json!(name));
            for metric in metric {
                entry.insert(metric.word().into(), json!(errors.metric(*metric)));
            }
            entry
        })
        .collect();
    let report = json!({
        "first": args.a.display().to_string(),
        "second": args.b.display().to_string(),
        "records": records,
        "outputs": outputs,
    });
    format!("{report:#}\n")
}
