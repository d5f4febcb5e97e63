//! `auto`: looks for the options of `run` that reach an accuracy, a size, or a runtime.

mod candidate;
mod goal;
mod judge;
mod layers;
mod search;
mod trail;

use std::cell::RefCell;
use std::path::PathBuf;

use clap::Command;
use quant_core::quantized::running::Execution;
use quant_core::quantizer::Warning;
use quant_core::record::Records;
use serde_json::json;

use crate::data::{self, Data, Labels, Shapes};
use crate::failure::{Failure, Result};
use crate::json::Json;
use crate::litert::Strict;
use crate::options::{self, Quantizing};
use crate::{files, size};
use candidate::Maker;
use goal::Goal;
use judge::{By, Judge, Unlabelled};
use search::Search;
use trail::Trail;

#[derive(clap::Args)]
pub struct Args {
    /// Float model (.circle, .tflite, .recipe or .pb)
    model: PathBuf,
    /// What models are judged by, and what ranges come from where --calibration names nothing else. A .npy file, a folder, … as
    /// for `quant run`
    #[arg(long, value_name = "DATA", value_parser = options::data)]
    data: Data,
    /// Classes of the data, as for `quant accuracy`; without them answers are compared with the float model's
    #[arg(long, value_name = "LABELS")]
    labels: Option<Labels>,
    /// Added to each class of the data
    #[arg(
        long,
        value_name = "N",
        default_value_t = 0,
        allow_negative_numbers = true,
        requires = "labels"
    )]
    label_offset: i64,
    /// A command that gets a model's file as its last argument and prints how good it is, a number, on its last line
    #[arg(long, value_name = "CMD", conflicts_with = "labels")]
    evaluator: Option<String>,
    /// Seconds that it may take
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, requires = "evaluator")]
    time_limit: u64,
    /// What ranges and remedies come from [default: --data]
    #[arg(long, value_name = "DATA", value_parser = options::data)]
    calibration: Option<Data>,
    #[command(flatten)]
    shapes: Shapes,
    #[command(flatten)]
    goal: Goal,
    /// Quantized model (.circle or .tflite); the trail stands beside it, in FILE.trail.json and FILE.trail.html
    #[arg(short, long, value_name = "FILE")]
    output: PathBuf,
    /// Take over what an earlier search of the same found, which was stopped or had another goal
    #[arg(long)]
    resume: bool,
    #[command(flatten)]
    asked: Quantizing,
    #[command(flatten)]
    strict: Strict,
    #[command(flatten)]
    json: Json,
}

pub fn run(args: &Args, quant: fn() -> Command) -> Result {
    if !args.goal.is_sound() {
        return Err(Failure::Usage(
            "auto: give a --max-drop that is not negative".to_owned(),
        ));
    }
    let format = files::format_of(&args.output)?;
    let threads = args.asked.recording.threads;
    args.asked.config(&args.model, format, args.strict.strict)?;
    options::use_threads(threads)?;
    let float = files::read_float_model(&args.model)?;
    let open = |data: &Data| data.open(&float, &args.shapes);
    let labelled = match &args.labels {
        Some(labels) => Some(args.data.open_labelled(&float, &args.shapes, Some(labels))?),
        None => None,
    };
    let plain = match &labelled {
        Some(_) => None,
        None => Some(open(&args.data)?),
    };
    let unlabelled = labelled.as_deref().map(Unlabelled);
    let records: &dyn Records = match (&plain, &unlabelled) {
        (Some(records), _) => records.as_ref(),
        (None, Some(records)) => records,
        (None, None) => return Ok(()),
    };
    if records.is_empty() {
        return Err(Failure::Invalid(format!(
            "{}: it has no records; give at least one",
            args.data
        )));
    }
    let source = args.calibration.as_ref().unwrap_or(&args.data);
    let calibration = open(source)?;
    let (base, shapes) = given(quant);
    let mut data = vec!["--data".to_owned(), source.to_string()];
    data.extend(shapes);
    let of = json!({
        "model": args.model.display().to_string(),
        "data": args.data.to_string(),
        "records": records.len(),
        "calibration": source.to_string(),
        "calibration_records": calibration.len(),
        "labels": args.labels.is_some().then(|| data::labels_shown(args.labels.as_ref())),
        "evaluator": args.evaluator,
        "given": [data, base],
        "float_bytes": size::of(Some(&args.model), &float),
    });
    let by = match (&labelled, &args.evaluator) {
        (Some(labelled), _) => By::Labels(labelled.as_ref(), args.label_offset),
        (None, Some(command)) => By::Evaluator(command, args.time_limit),
        (None, None) => By::Float,
    };
    let execution = args
        .goal
        .runtime
        .map_or_else(|| Execution::of(format), Execution::Integers);
    let trial = trial(args);
    let within = |failure| match failure {
        Failure::Core(error) => Failure::Core(error.within(args.model.display())),
        other => other,
    };
    let (judge, score) = Judge::new(by, &float, records, execution, threads, trial).map_err(within)?;
    let trail = Trail::new(&args.output, of, args.resume)?;
    let mut search = Search {
        maker: Maker {
            name: &args.model,
            float: &float,
            records: calibration.as_ref(),
            data,
            base,
            output: &args.output,
            format,
            strict: args.strict.strict,
        },
        judge,
        goal: &args.goal,
        float: score,
        float_bytes: size::of(Some(&args.model), &float).unwrap_or(0),
        trail,
        tried: Vec::new(),
        json: &args.json,
        threads,
        model: RefCell::new(None),
    };
    args.json.print(&format!(
        "float        {:.2} {} on {} records, {}\n",
        search.float.value,
        search.judge.word(),
        records.len(),
        size::short(search.float_bytes)
    ))?;
    search.run()?;
    finish(args, &search)
}

/// Writes the best model, and says what it is.
fn finish(args: &Args, search: &Search<'_>) -> Result {
    let best = search.best();
    let tried = &search.tried[best];
    let held = search.model.borrow_mut().take().filter(|(at, _)| *at == best);
    let made = match held {
        Some((_, made)) => made,
        None => search.maker.made(&tried.candidate)?,
    };
    let bytes = files::write_model(&args.output, made.model(), args.strict)?;
    search.write()?;
    let [json, page] = search.trail.files();
    let met = tried
        .got
        .as_ref()
        .is_ok_and(|got| search.goal.is_met(got, &search.float));
    let score = tried.got.as_ref().map_or(f64::NAN, |got| got.score.value);
    let mut warnings = made.warnings().iter();
    let untouched = if warnings.any(|one| matches!(one, Warning::Untouched)) {
        "; nothing was quantized: every operator stays float"
    } else {
        ""
    };
    args.json.print(&format!(
        "best         {best}: {score:.2} {}, float {:.2}; {}{untouched}\ntrail        {}, {}\ncommand      {}\nwritten      {}: {}\n",
        search.judge.word(),
        search.float.value,
        if met { "the goal is reached" } else { "the goal is not reached" },
        json.display(),
        page.display(),
        search.maker.command(&tried.candidate),
        args.output.display(),
        size::compared(bytes, Some(search.float_bytes), "the float model"),
    ))?;
    args.json.write("auto", || {
        let mut value = search.value();
        value["reached"] = json!(met);
        value["output"] = json!(args.output.display().to_string());
        value["bytes"] = json!(bytes);
        value
    })?;
    if met {
        return Ok(());
    }
    Err(Failure::Differs(format!(
        "{}: the goal was not reached; it holds the best that was found",
        args.output.display()
    )))
}

/// The options that stand on the command line: those of the quantizer, and those of the data.
fn given(quant: fn() -> Command) -> (Vec<String>, Vec<String>) {
    let matches = quant().get_matches();
    match matches.subcommand() {
        Some((_, matches)) => candidate::given(matches),
        None => (Vec::new(), Vec::new()),
    }
}

/// A file beside the output for the program that judges.
fn trial(args: &Args) -> PathBuf {
    let extension = files::extension(&args.output);
    args.output.with_extension(format!("trial.{extension}"))
}
