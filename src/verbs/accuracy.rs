//! `accuracy`: how often a classifier is right on labelled data.

mod counts;
pub(crate) mod evaluator;

use std::path::{Path, PathBuf};

use quant_core::interp::{Interpreter, Workspace};
use quant_core::ir::{Graph, Model, TensorId};
use quant_core::quantized::running::{Executed, Running};
use quant_core::quantized::values;
use quant_core::value::{Data as Elements, Value};
use quant_core::{Error, Place, Problem, Result as CoreResult};
use rayon::prelude::*;
use serde_json::json;

use counts::{Counts, Outcome};

use crate::data::{self, Data, Labels, Shapes};
use crate::execution::{self, How};
use crate::failure::{Failure, Result};
use crate::json::Json;
use crate::table::table;
use crate::{options, progress, warnings};

#[derive(clap::Args)]
pub struct Args {
    /// Model (.circle, .tflite or .recipe), float or quantized; several, as a float one and its quantized forms, are shown side
    /// by side
    #[arg(required = true)]
    models: Vec<PathBuf>,
    #[arg(long, help = data::HELP, value_parser = options::data, required_unless_present = "evaluator")]
    data: Option<Data>,
    /// Classes of the data: a .npy file of integers, a text file (a class on each line, alone or behind a picture's name),
    /// folders (of pictures: their numbers, or their places in order) or field:NAME of tf.Example [default: folders for pictures,
    /// field:image/class/label for TFRecords]
    #[arg(long, value_name = "LABELS")]
    labels: Option<Labels>,
    /// Added to each class of the data, as -1 where its first class is 1 and the model's is 0
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    label_offset: i64,
    #[command(flatten)]
    shapes: Shapes,
    /// The output that has a score for each class [default: the first]
    #[arg(long, value_name = "NAME")]
    output: Option<String>,
    #[command(flatten)]
    how: How,
    /// A command that gets the model's file as its last argument and prints the accuracy, a number, on its last line
    #[arg(long, value_name = "CMD", conflicts_with_all = ["data", "labels", "output"])]
    evaluator: Option<String>,
    /// Seconds that the command of --evaluator may take
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, requires = "evaluator")]
    time_limit: u64,
    /// Threads that run the model; the result does not depend on it
    #[arg(long, value_name = "N", default_value_t = options::available(), value_parser = options::threads)]
    threads: usize,
    #[command(flatten)]
    json: Json,
}

/// Records of a wave for each thread.
const WAVE: usize = 16;

pub fn run(args: &Args) -> Result {
    if let Some(command) = &args.evaluator {
        return evaluated(args, command);
    }
    let Some(data) = &args.data else { return Ok(()) };
    options::use_threads(args.threads)?;
    let mut all = Vec::with_capacity(args.models.len());
    for path in &args.models {
        all.push((path, counted(args, path, data)?));
    }
    let json = |path: &Path, (counts, how): &(Counts, Executed)| {
        let mut results = counts.json();
        results["model"] = json!(path.display().to_string());
        results["data"] = json!(data.to_string());
        results["executed"] = execution::json(how);
        results
    };
    if let [(path, one)] = all.as_slice() {
        let (counts, how) = one;
        let quantized = if *how == Executed::Float {
            String::new()
        } else {
            format!("{how}\n")
        };
        args.json.print(&format!("{}{quantized}", counts.text()))?;
        return args.json.write("accuracy", || json(path, one));
    }
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|(path, (counts, how))| {
            let [top1, top5] = counts.percents();
            let (top1, top5) = (format!("{top1:.2}"), format!("{top5:.2}"));
            vec![
                path.display().to_string(),
                top1,
                top5,
                counts.examples().to_string(),
                how.to_string(),
            ]
        })
        .collect();
    args.json.print(&table(
        &["model", "top-1 %", "top-5 %", "examples", "executed"],
        &rows,
    ))?;
    args.json.write(
        "accuracy",
        || json!({"models": all.iter().map(|(path, one)| json(path, one)).collect::<Vec<_>>()}),
    )
}

/// What a program says of each model.
fn evaluated(args: &Args, command: &str) -> Result {
    let mut all = Vec::with_capacity(args.models.len());
    for model in &args.models {
        all.push((model, evaluator::run(command, model, args.time_limit)?));
    }
    let json = |(model, accuracy): &(&PathBuf, f64)| {
        json!({
            "model": model.display().to_string(),
            "evaluator": command,
            "accuracy": accuracy,
        })
    };
    if let [one] = all.as_slice() {
        args.json.print(&format!("accuracy  {}\n", one.1))?;
        return args.json.write("accuracy", || json(one));
    }
    let row = |(model, accuracy): &(&PathBuf, f64)| vec![model.display().to_string(), accuracy.to_string()];
    let rows: Vec<Vec<String>> = all.iter().map(row).collect();
    args.json.print(&table(&["model", "accuracy"], &rows))?;
    args.json.write(
        "accuracy",
        || json!({"models": all.iter().map(json).collect::<Vec<_>>()}),
    )
}

/// Runs a model on all of the data.
fn counted(args: &Args, path: &Path, data: &Data) -> Result<(Counts, Executed)> {
    let open = |model: &Model| data.open(model, &args.shapes);
    let Running {
        model, profile, how, ..
    } = args.how.read(path, open)?;
    let within = |error: Error| error.within(path.display());
    let scores = scores(args, path, model.main())?;
    let records = data.open_labelled(&model, &args.shapes, args.labels.as_ref())?;
    if records.is_empty() {
        return Err(Failure::Invalid(format!(
            "{data}: it has no records; give at least one"
        )));
    }
    let interpreter = Interpreter::with_profile(&model, profile).map_err(within)?;
    let one = |index: usize, workspace: &mut Workspace| -> CoreResult<Vec<Outcome>> {
        let (inputs, labels) = records.get(index)?;
        let outputs = interpreter
            .run_with(inputs, workspace, &mut |_, _, _| Ok(()))
            .and_then(|outputs| {
                let found = outputs
                    .into_iter()
                    .nth(scores)
                    .map(|value| reals(model.main(), scores, value));
                judged(found.as_ref(), &labels, args.label_offset)
            });
        outputs.map_err(|error| within(error.within(Place::number("record", index))))
    };
    let mut counts = Counts::default();
    let bar = progress::bar("running", records.len());
    let wave = WAVE * args.threads;
    for start in (0..records.len()).step_by(wave) {
        let wave = start..(start + wave).min(records.len());
        bar.inc(wave.len() as u64);
        let wave: Vec<_> = wave
            .into_par_iter()
            .map_init(Workspace::default, |room, index| one(index, room))
            .collect();
        for outcomes in wave {
            outcomes?.iter().for_each(|outcome| counts.add(outcome));
        }
    }
    bar.finish_and_clear();
    if counts.not_numbers > 0 {
        let what = format!(
            "{} examples have a NaN among their scores and count as wrong",
            counts.not_numbers
        );
        warnings::warn(path, what);
    }
    Ok((counts, how))
}

/// Which of the graph outputs has the scores.
fn scores(args: &Args, path: &Path, graph: &Graph) -> Result<usize> {
    let outputs = graph.outputs();
    let names: Vec<&str> = outputs.iter().map(|id| graph.tensor(*id).name.as_str()).collect();
    let wanted = args.output.as_deref();
    let found = match wanted {
        None => (!outputs.is_empty()).then_some(0),
        Some(wanted) => names.iter().position(|name| *name == wanted),
    };
    found.ok_or_else(|| {
        let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
        Failure::Usage(format!(
            "{}: there is no output `{}`; its outputs are {}",
            path.display(),
            wanted.unwrap_or_default(),
            names.join(", ")
        ))
    })
}

/// The value of an output, integers as what they stand for.
fn reals(graph: &Graph, output: usize, value: Value) -> Value {
    let id: Option<&TensorId> = graph.outputs().get(output);
    let reals = id.and_then(|id| values::reals(graph.tensor(*id), &value));
    reals.unwrap_or(value)
}

/// What the scores of a record say of its examples.
pub(crate) fn judged(scores: Option<&Value>, labels: &[i64], offset: i64) -> CoreResult<Vec<Outcome>> {
    let wrong = |what: String, hint: &str| Error::new("scores", Problem::Invalid(what), hint);
    let hint = "name the output of the classes with --output";
    let scores = scores.ok_or_else(|| wrong("the output is missing".to_owned(), hint))?;
    let batch = match scores.shape[..] {
        [] | [_] => 1,
        [batch, ..] => batch,
    };
    let all: Vec<f64> = match &scores.data {
        Elements::F32(all) => all.iter().map(|x| f64::from(*x)).collect(),
        Elements::U8(all) => all.iter().map(|x| f64::from(*x)).collect(),
        Elements::I8(all) => all.iter().map(|x| f64::from(*x)).collect(),
        Elements::I16(all) => all.iter().map(|x| f64::from(*x)).collect(),
        Elements::I32(all) => all.iter().map(|x| f64::from(*x)).collect(),
        _ => return Err(wrong(format!("they are {}, no numbers", scores.dtype()), hint)),
    };
    let classes = all.len() / batch.max(1);
    if classes < 2 || labels.len() > batch {
        let what = format!("shape {:?} for {} examples", scores.shape, labels.len());
        return Err(wrong(what, hint));
    }
    let one = |(label, scores): (&i64, &[f64])| {
        let label = label.checked_add(offset);
        let class = label.and_then(|label| usize::try_from(label).ok());
        let class = class.filter(|class| *class < classes).ok_or_else(|| {
            let what = format!("class {} of {classes} scores", label.unwrap_or(i64::MAX));
            wrong(
                what,
                "classes count from 0; --label-offset is added to those of the data",
            )
        })?;
        Ok(Outcome::of(class, scores))
    };
    labels.iter().zip(all.chunks(classes)).map(one).collect()
}
