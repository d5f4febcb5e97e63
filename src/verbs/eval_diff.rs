//! `eval-diff`: two models, one data set, and how far their outputs are from each other.

use std::path::{Path, PathBuf};

use quant_core::Error;
use quant_core::metrics::{self, Errors, Metric, Side};
use quant_core::value::Value;
use serde_json::{Map, json};

use crate::data::{self, Data, Shapes};
use crate::failure::{Failure, Result};
use crate::table::{number, shortened, table};
use crate::{files, options, simulate};

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
    #[arg(long, value_name = "N", default_value_t = options::available())]
    threads: usize,
}

pub fn run(args: &Args) -> Result {
    let (a, b) = (simulate::read_model(&args.a)?, simulate::read_model(&args.b)?);
    let (outputs_a, outputs_b) = (&a.main().outputs, &b.main().outputs);
    if outputs_a.len() != outputs_b.len() {
        return Err(Failure::Invalid(format!(
            "{} has {} outputs, {} has {}; compare two forms of one network",
            args.a.display(),
            outputs_a.len(),
            args.b.display(),
            outputs_b.len()
        )));
    }
    let records_a = args.data.open(&a, &args.shapes)?;
    let records_b = args
        .data_b
        .as_ref()
        .unwrap_or(&args.data)
        .open(&b, &args.shapes)?;
    let pairs: Vec<_> = outputs_a.iter().copied().zip(outputs_b.iter().copied()).collect();
    let seen = |index: usize, a: &[Option<Value>], b: &[Option<Value>]| match &args.dump_output_prefix {
        Some(prefix) => dump(prefix, index, "first", a).and_then(|()| dump(prefix, index, "second", b)),
        None => Ok(()),
    };
    let first = Side {
        model: &a,
        records: records_a.as_ref(),
    };
    let second = Side {
        model: &b,
        records: records_b.as_ref(),
    };
    let errors = metrics::compare(first, second, &pairs, args.threads, &seen)
        .map_err(|error| error.within(format!("{} and {}", args.a.display(), args.b.display())))?;
    let names: Vec<&str> = outputs_a
        .iter()
        .map(|id| a.main().tensor(*id).name.as_str())
        .collect();
    let mut metric = args.metric.clone();
    let mut kept = Vec::new();
    metric.retain(|metric| {
        !kept.contains(metric) && {
            kept.push(*metric);
            true
        }
    });
    if let Some(path) = &args.json {
        let text = as_json(args, &names, &errors, &metric, records_a.len());
        files::write(path, text.as_bytes())?;
    }
    let head: Vec<&str> = std::iter::once("output")
        .chain(metric.iter().map(|metric| metric.word()))
        .collect();
    let rows: Vec<Vec<String>> = names
        .iter()
        .zip(&errors)
        .map(|(name, errors)| {
            let numbers = metric.iter().map(|metric| number(errors.metric(*metric)));
            std::iter::once(shortened(name)).chain(numbers).collect()
        })
        .collect();
    files::print(&format!("{}{} records\n", table(&head, &rows), records_a.len()))
}

fn as_json(args: &Args, names: &[&str], errors: &[Errors], metric: &[Metric], records: usize) -> String {
    let outputs: Vec<_> = names
        .iter()
        .zip(errors)
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

fn dump(prefix: &str, record: usize, which: &str, outputs: &[Option<Value>]) -> quant_core::Result<()> {
    for (number, value) in outputs.iter().enumerate() {
        let Some(value) = value else { continue };
        let path = format!("{prefix}.{record}.{which}.output{number}");
        files::write(Path::new(&path), &value.to_le_bytes())
            .map_err(|error| Error::io(String::new(), error.to_string(), ""))?;
    }
    Ok(())
}
