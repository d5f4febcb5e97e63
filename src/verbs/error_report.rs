//! `error-report`: how far every tensor of a quantized model is from the float model, as a table, JSON and a page.

mod page;
mod rows;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use quant_core::fold;
use quant_core::ir::Model;
use quant_core::metrics::{self, Side};
use quant_core::record::Records;
use quant_core::sensitivity::{self, Energy, Measures, Options};
use serde_json::json;

use crate::data::{self, Data, Shapes};
use crate::execution::How;
use crate::failure::{Failure, Result};
use crate::json::Json;
use crate::table::{number, table};
use crate::{execution, files, json, options, progress};
use rows::{Names, Row};

#[derive(clap::Args)]
pub struct Args {
    /// Float model (.circle, .tflite, .recipe, .pb or .onnx)
    float: PathBuf,
    /// Its quantized form; tensors are found by their names
    quantized: PathBuf,
    #[arg(long, help = data::HELP, value_parser = options::data)]
    data: Data,
    #[command(flatten)]
    shapes: Shapes,
    /// Folder for index.html and errors.json; or one file, by its name .html or .json
    #[arg(short, long, value_name = "FOLDER|FILE")]
    output: PathBuf,
    /// Rows of the table that is printed, the worst first; 0 for all
    #[arg(long, value_name = "N", default_value_t = 20)]
    rows: usize,
    /// Threads that run the models; the result does not depend on it
    #[arg(long, value_name = "N", default_value_t = options::available(), value_parser = options::threads)]
    threads: usize,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    json: Json,
}

pub fn run(args: &Args) -> Result {
    options::use_threads(args.threads)?;
    let mut float = files::read_running_model(&args.float)?;
    // As its weights were when they were quantized.
    fold::constants(&mut float).map_err(|error| error.within(args.float.display()))?;
    let quantized = args.how.model(&args.quantized)?;
    let open = |model: &Model| args.data.open(model, &args.shapes);
    let execution = args.how.execution_of(&args.quantized, quantized.format);
    let running = execution::running(&args.quantized, &quantized, execution, open)?;
    let pairs = metrics::activations(&float, &quantized, &running);
    if pairs.is_empty() {
        return Err(Failure::Invalid(format!(
            "{}: no activation has the name of one in {}; give two forms of one network",
            args.quantized.display(),
            args.float.display()
        )));
    }
    let (records, records_b) = (open(&float)?, open(&running.model)?);
    let first = Side::float(&float, records.as_ref());
    let second = Side::of(&running, records_b.as_ref());
    let within = |error: quant_core::Error| {
        error.within(format!(
            "{} and {}",
            args.float.display(),
            args.quantized.display()
        ))
    };
    let bar = progress::bar("comparing", records.len());
    let errors = metrics::compare(first, second, &pairs, args.threads, &|_, _, _| {
        bar.inc(1);
        Ok(())
    });
    bar.finish_and_clear();
    let errors = errors.map_err(within)?;
    let constants = metrics::constants(&float, &quantized).map_err(within)?;
    let names = Names::new(&float, &quantized);
    let mut rows: Vec<Row> = Vec::with_capacity(pairs.len() + constants.len());
    for ((id, _), errors) in pairs.iter().zip(errors) {
        rows.push(Row::new(&names, *id, false, errors));
    }
    for (id, sample) in constants {
        let mut errors = metrics::Errors::default();
        errors.add(&sample);
        rows.push(Row::new(&names, id, true, errors));
    }
    let unknown = added(args, &float, &quantized, records.as_ref(), &mut rows);
    rows.sort_by(Row::worst_first);

    let report = json!({
        "float": args.float.display().to_string(),
        "quantized": args.quantized.display().to_string(),
        "executed": execution::json(&running.how),
        "records": records.len(),
        "tensors": rows.iter().map(Row::json).collect::<Vec<_>>(),
        "operators": names.operators(),
        "inputs": names.labels(float.main().inputs()),
        "outputs": names.labels(float.main().outputs()),
    });
    let written = write(&args.output, &report)?;
    args.json.print(&format!(
        "{}{LEGEND}{}records      {}\nexecuted     {}\n{}{written}",
        printed(&rows, args.rows),
        totals(&rows, args.rows),
        records.len(),
        running.how,
        unknown.map_or_else(String::new, |why| format!("added        not known: {why}\n")),
    ))?;
    args.json.write("error-report", || report)
}

/// What each layer adds goes to the row of what it makes; why, when it cannot be told.
fn added(
    args: &Args,
    float: &Model,
    quantized: &Model,
    records: &dyn Records,
    rows: &mut [Row],
) -> Option<String> {
    let options = Options {
        records: records.len(),
        measures: Measures::ADDED,
        threads: args.threads,
    };
    match sensitivity::run(float, quantized, records, &options, &|_| ()) {
        Ok(found) => {
            let layers = found
                .layers
                .iter()
                .map(|layer| (layer.name.as_str(), layer.added));
            let layers: BTreeMap<&str, Energy> = layers.collect();
            for row in rows.iter_mut().filter(|row| !row.constant) {
                row.added = layers.get(row.name.as_str()).copied();
            }
            None
        }
        Err(error) => Some(error.to_string()),
    }
}

/// Writes the page, the numbers, or both, and tells what.
fn write(output: &Path, report: &serde_json::Value) -> Result<String> {
    let (html, json) = match files::extension(output).as_str() {
        "html" => (Some(output.to_owned()), None),
        "json" => (None, Some(output.to_owned())),
        _ => {
            std::fs::create_dir_all(output).map_err(|error| Failure::io(output, &error))?;
            (Some(output.join("index.html")), Some(output.join("errors.json")))
        }
    };
    let mut written = Vec::new();
    if let Some(path) = json {
        files::write(&path, json::text("error-report", report.clone()).as_bytes())?;
        written.push(format!("{}\n", path.display()));
    }
    if let Some(path) = html {
        files::write(&path, page::html(report).as_bytes())?;
        written.push(format!("{}\n", path.display()));
    }
    Ok(written.concat())
}

/// What the columns mean.
const LEGEND: &str = "added: SQNR of what the tensor's layer makes of floats; the others have all errors before it in them\n\
    mpeir: largest |a − b| / (largest a − smallest a), mean over records; tae: sum of |a − b|, mean over records\n";

fn printed(rows: &[Row], most: usize) -> String {
    let shown = if most == 0 {
        rows.len()
    } else {
        most.min(rows.len())
    };
    let lines: Vec<Vec<String>> = rows
        .iter()
        .take(shown)
        .map(|row| {
            let errors = &row.errors;
            vec![
                row.name.clone(),
                row.kind().to_owned(),
                row.dtype.to_owned(),
                number(row.added.map(|added| added.sqnr())),
                number(errors.relaxed_mpeir()),
                number(errors.metric(metrics::Metric::Mse)),
                number(errors.tae()),
                number(errors.cosine()),
                number(errors.sqnr()),
            ]
        })
        .collect();
    let head = [
        "tensor", "kind", "type", "added dB", "mpeir", "mse", "tae", "cosine", "sqnr dB",
    ];
    table(&head, &lines)
}

fn totals(rows: &[Row], most: usize) -> String {
    let constants = rows.iter().filter(|row| row.constant).count();
    let more = if most == 0 {
        0
    } else {
        rows.len().saturating_sub(most)
    };
    let more = match more {
        0 => String::new(),
        more => format!(" ({more} more are in the files; --rows 0 prints all)"),
    };
    format!(
        "tensors      {} activations, {constants} constants{more}\n",
        rows.len() - constants
    )
}
