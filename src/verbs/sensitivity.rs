//! `sensitivity`: which layers a quantized model loses its accuracy in.

use std::path::{Path, PathBuf};

use quant_core::ir::Model;
use quant_core::sensitivity::{self, Energy, Measures, Options, Sensitivity, joint};
use quant_core::{check, fold};
use serde_json::{Value, json};

use crate::data::{self, Data, Shapes};
use crate::failure::Result;
use crate::json::Json;
use crate::options::{self, Quantizing};
use crate::table::{number, table};
use crate::verdict::{named, quoted};
use crate::{files, progress};

#[derive(clap::Args)]
pub struct Args {
    /// Float model (.circle, .tflite, .recipe or .pb)
    #[arg(value_name = "FLOAT")]
    model: PathBuf,
    /// Its quantized form; tensors are found by their names. Without it the model is quantized as `quant run` would, with the
    /// options below
    #[arg(conflicts_with_all = ["Choice", "Named", "Tflite", "Finish", "Lowest", "remedies", "mode", "observer"])]
    quantized: Option<PathBuf>,
    #[arg(long, help = data::HELP, value_parser = options::data)]
    data: Data,
    #[command(flatten)]
    shapes: Shapes,
    /// Records that the layers are judged by, at equal distances; 0 for all
    #[arg(long, value_name = "N", default_value_t = check::RECORDS)]
    records: usize,
    /// Only what each layer adds to its own output, as fast as a few runs of the model: --measures added
    #[arg(long, conflicts_with = "measures")]
    added: bool,
    /// What is measured: restored and alone take about half as many runs of the model as there are layers, each
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_values = ["restored", "alone", "added"])]
    measures: Vec<Measure>,
    /// Rows of the table that is printed, the worst first; 0 for all
    #[arg(long, value_name = "N", default_value_t = 20)]
    rows: usize,
    #[command(flatten)]
    asked: Quantizing,
    #[command(flatten)]
    json: Json,
}

/// A column of the table, or several.
#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Measure {
    Restored,
    Alone,
    Added,
}

impl Args {
    fn measures(&self) -> Measures {
        let has = |measure| !self.added && self.measures.contains(&measure);
        Measures {
            restored: has(Measure::Restored),
            alone: has(Measure::Alone),
            added: self.added || has(Measure::Added),
        }
    }
}

pub fn run(args: &Args) -> Result {
    let threads = args.asked.recording.threads;
    options::use_threads(threads)?;
    let open = |model: &Model| args.data.open(model, &args.shapes);
    let within = |error: quant_core::Error| error.within(args.model.display());
    let (float, quantized) = match &args.quantized {
        Some(path) => {
            let mut float = files::read_running_model(&args.model)?;
            // As its weights were when they were quantized.
            fold::constants(&mut float).map_err(within)?;
            (float, files::read_model(path)?)
        }
        None => made(args)?,
    };
    let records = open(&float)?;
    let options = Options {
        records: if args.records == 0 {
            records.len()
        } else {
            args.records
        },
        measures: args.measures(),
        threads,
    };
    let bar = progress::bar("judging", records.len().min(options.records));
    let found = sensitivity::run(&float, &quantized, records.as_ref(), &options, &|_| bar.inc(1));
    bar.finish_and_clear();
    let found = found.map_err(within)?;
    args.json.print(&text(&found, args))?;
    args.json.write("sensitivity", || json(&found, args))
}

/// The model quantized as `quant run` would.
fn made(args: &Args) -> Result<(Model, Model)> {
    let float = files::read_float_model(&args.model)?;
    let config = args
        .asked
        .config(&args.model, files::default_format(&args.model), false)?;
    let quantizer = args.asked.quantizer(&config)?.check(false);
    let records = args.data.open(&float, &args.shapes)?;
    let made = quantizer.records(records.as_ref()).quantize_model(float);
    let made = made.map_err(|error| error.within(args.model.display()))?;
    Ok((made.source().clone(), made.into_model()))
}

/// What the columns mean, those that are there.
fn legend(measures: Measures) -> String {
    let lines = [
        (
            measures.restored,
            "restored: SQNR of the graph's outputs that is won when this layer alone is float\n",
        ),
        (
            measures.alone,
            "alone: SQNR of the graph's outputs when this layer alone is quantized\n",
        ),
        (
            measures.added,
            "added: SQNR of the layer's own output when it reads floats; of it weights, inputs and output alone\n",
        ),
    ];
    lines
        .into_iter()
        .filter(|(is_there, _)| *is_there)
        .map(|(_, line)| line)
        .collect()
}

fn text(found: &Sensitivity, args: &Args) -> String {
    let measures = args.measures();
    let order = found.worst_first();
    let shown = if args.rows == 0 {
        order.len()
    } else {
        args.rows.min(order.len())
    };
    let row = |at: &usize| {
        let layer = &found.layers[*at];
        let decibels = |energy: &Energy| number(Some(energy.sqnr()));
        let mut cells = vec![
            layer.name.clone(),
            layer
                .operator
                .map_or_else(|| "-".to_owned(), |operator| operator.to_string()),
            layer.kind.clone(),
        ];
        if measures.restored {
            cells.push(number(found.gain(layer)));
        }
        if measures.alone {
            cells.push(number(joint(&layer.alone)));
        }
        if measures.added {
            cells.extend([
                decibels(&layer.added),
                layer.weights.as_ref().map_or_else(|| "-".to_owned(), decibels),
                decibels(&layer.inputs),
                decibels(&layer.output),
            ]);
        }
        cells
    };
    let rows: Vec<Vec<String>> = order.iter().take(shown).map(row).collect();
    let mut head = vec!["layer", "operator", "kind"];
    if measures.restored {
        head.push("restored +dB");
    }
    if measures.alone {
        head.push("alone dB");
    }
    if measures.added {
        head.extend(["added dB", "weights", "inputs", "output"]);
    }
    let more = match order.len() - shown {
        0 => String::new(),
        more => format!(" ({more} more; --rows 0 prints all)"),
    };
    format!(
        "{}{}layers       {}{more}\nrecords      {}\nquantized    SQNR {} dB\n{}",
        table(&head, &rows),
        legend(measures),
        order.len(),
        found.records,
        number(joint(&found.whole)),
        next(found, args),
    )
}

/// The line that says what to do.
fn next(found: &Sensitivity, args: &Args) -> String {
    let worst = found.worst_first().into_iter().map(|at| &found.layers[at]);
    let Some(worst) = worst.into_iter().find(|layer| layer.operator.is_some()) else {
        return String::new();
    };
    let name = quoted(&format!("name:{}", worst.name));
    format!(
        "worst        {}: leave it float with `quant run {} --data {} --float {name}`\n",
        named(worst),
        quoted(&args.model.display().to_string()),
        quoted(&args.data.to_string()),
    )
}

fn json(found: &Sensitivity, args: &Args) -> Value {
    let finite = |x: f64| x.is_finite().then_some(x);
    let layer = |at: usize| {
        let layer = &found.layers[at];
        let energy = |energy: &Energy| {
            let value = json!({"sqnr": finite(energy.sqnr()), "noise": finite(energy.noise)});
            args.measures().added.then_some(value)
        };
        let outputs = |outputs: &Vec<quant_core::metrics::Errors>| {
            (!outputs.is_empty()).then(|| json!(joint(outputs).and_then(finite)))
        };
        json!({
            "operator": layer.operator,
            "kind": layer.kind,
            "name": layer.name,
            "weights": layer.elements,
            "gain": found.gain(layer).and_then(finite),
            "restored": outputs(&layer.restored),
            "alone": outputs(&layer.alone),
            "added": energy(&layer.added),
            "weights_alone": layer.weights.as_ref().map(energy),
            "inputs_alone": energy(&layer.inputs),
            "output_alone": energy(&layer.output),
        })
    };
    json!({
        "float": args.model.display().to_string(),
        "quantized": args.quantized.as_deref().map(Path::display).map(|path| path.to_string()),
        "data": args.data.to_string(),
        "records": found.records,
        "sqnr": joint(&found.whole).and_then(finite),
        "layers": found.worst_first().into_iter().map(layer).collect::<Vec<_>>(),
    })
}
