//! `eval-diff`: two models, one data set, and how far their outputs are from each other.

use std::fmt::Write;
use std::path::PathBuf;

use quant_core::metrics::{Errors, Metric};
use quant_core::quantized::running::Executed;
use serde_json::{Map, Value, json};

use crate::data::{self, Data, Shapes};
use crate::execution::How;
use crate::failure::Result;
use crate::json::Json;
use crate::table::{number, table};
use crate::{execution, options, outputs};

#[derive(clap::Args)]
pub struct Args {
    /// What is right (.circle, .tflite, .recipe, .pb or .onnx), float as a rule
    a: PathBuf,
    /// What is looked at
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
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    json: Json,
    /// Write each output of each record as raw little-endian bytes: PREFIX.RECORD.first.outputN and
    /// PREFIX.RECORD.second.outputN
    #[arg(long, value_name = "PREFIX")]
    dump_output_prefix: Option<String>,
    /// Threads that run the models; the result does not depend on it
    #[arg(long, value_name = "N", default_value_t = options::available(), value_parser = options::threads)]
    threads: usize,
}

pub fn run(args: &Args) -> Result {
    options::use_threads(args.threads)?;
    let data_b = args.data_b.as_ref().unwrap_or(&args.data);
    let a = args
        .how
        .read(&args.a, |model| args.data.open(model, &args.shapes))?;
    let b = args.how.read(&args.b, |model| data_b.open(model, &args.shapes))?;
    let records_a = args.data.open(&a.model, &args.shapes)?;
    let records_b = data_b.open(&b.model, &args.shapes)?;
    let first = outputs::Side {
        path: &args.a,
        running: &a,
        records: records_a.as_ref(),
    };
    let second = outputs::Side {
        path: &args.b,
        running: &b,
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
    args.json.write("eval-diff", || {
        as_json(args, [&a.how, &b.how], &outputs, &metric, records_a.len())
    })?;
    let head: Vec<&str> = std::iter::once("output")
        .chain(metric.iter().map(|metric| metric.word()))
        .collect();
    let rows: Vec<Vec<String>> = outputs
        .iter()
        .map(|(name, errors)| {
            let numbers = metric.iter().map(|metric| number(errors.metric(*metric)));
            std::iter::once(name.clone()).chain(numbers).collect()
        })
        .collect();
    args.json.print(&format!(
        "{}{} records\n{}{}",
        table(&head, &rows),
        records_a.len(),
        executed([&a.how, &b.how]),
        legend(&metric)
    ))
}

/// A line for each model that is quantized.
fn executed(how: [&Executed; 2]) -> String {
    let mut lines = String::new();
    for (how, which) in how.into_iter().zip(["first", "second"]) {
        if *how != Executed::Float {
            let _ = writeln!(lines, "{which} model: {how}");
        }
    }
    lines
}

fn as_json(
    args: &Args,
    how: [&Executed; 2],
    outputs: &[(String, Errors)],
    metric: &[Metric],
    records: usize,
) -> Value {
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
    json!({
        "first": args.a.display().to_string(),
        "second": args.b.display().to_string(),
        "first_executed": execution::json(how[0]),
        "second_executed": execution::json(how[1]),
        "records": records,
        "outputs": outputs,
    })
}

/// What the printed words mean, as far as they are no terms that everybody has.
fn legend(metric: &[Metric]) -> String {
    let words = metric.iter().filter_map(|metric| {
        Some(match metric {
            Metric::Mape => "mape   mean of |a − b| / |a| in percent, where a is not 0",
            Metric::Mpeir => "mpeir  largest |a − b| / (largest a − smallest a)",
            Metric::Top1 => "top1   part of the records whose largest element stands at the same place",
            Metric::Top5 => "top5   part of a's five largest elements that are among b's",
            Metric::Mae | Metric::Mse => return None,
        })
    });
    words.flat_map(|line| [line, "\n"]).collect()
}
