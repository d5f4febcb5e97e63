//! `mpq`: which layers of a uint8 model should be int16 to reach an error.

mod evaluate;
mod outcome;
mod patterns;
mod qconf;

use std::path::PathBuf;

use quant_case::QuantType;
use quant_core::ir::FileFormat;
use quant_core::metrics::Metric;
use quant_core::mpq::{End, Layers, Step, bisect};
use quant_core::quantize::precheck;
use quant_core::scheme::Unruled;
use quant_core::scheme::one::One;
use serde_json::json;

use crate::data::{self, Data, Shapes};
use crate::execution::How;
use crate::failure::{Failure, Result};
use crate::files;
use crate::json::Json;
use crate::litert::Strict;
use crate::options::{self, Lowest, Recording};
use crate::size;
use crate::table::{number, table};
use evaluate::{Candidate, Evaluator, StepReport, UniformReport};
use outcome::Outcome;
use patterns::Subgraph;

#[derive(clap::Args)]
pub struct Args {
    /// Float model (.circle, .tflite, .recipe, .pb or .onnx)
    float: PathBuf,
    #[arg(long, help = data::HELP, value_parser = options::data)]
    data: Data,
    #[command(flatten)]
    shapes: Shapes,
    /// Where the target lies between the error of int16 (0) and that of uint8 (1)
    #[arg(
        long,
        value_name = "R",
        default_value_t = 0.5,
        conflicts_with = "target_error"
    )]
    ratio: f64,
    /// The target itself, in units of the metric
    #[arg(long, value_name = "E")]
    target_error: Option<f64>,
    /// Metric of the outputs
    #[arg(long, value_name = "WORD", default_value = "mae",
          value_parser = options::word::<Metric>(&["mae", "mape", "mpeir", "mse"]))]
    metric: Metric,
    /// Which end becomes int16: the front (true), the back (false), the one whose layers have the larger errors in uint8
    /// (mpeir, as the original's auto), or both are tried and the one with fewer int16 layers is taken (auto)
    #[arg(long, value_name = "WORD", default_value = "auto", value_parser = ["auto", "mpeir", "true", "false"])]
    bisection: String,
    /// Make operators of such subgraphs int16, in place of a search; separated by commas
    #[arg(long, value_name = "WORDS", value_delimiter = ',', conflicts_with_all = ["ratio", "target_error", "bisection"])]
    pattern: Vec<Subgraph>,
    /// Configuration of layers, for --config
    #[arg(short, long, value_name = "QCONF")]
    output: PathBuf,
    /// Write the quantized model too (.circle or .tflite)
    #[arg(long, value_name = "FILE")]
    model: Option<PathBuf>,
    /// Folder for the configuration and the model of every step, and errors.json
    #[arg(long, value_name = "FOLDER")]
    save_intermediate: Option<PathBuf>,
    #[command(flatten)]
    recording: Recording,
    #[command(flatten)]
    strict: Strict,
    #[command(flatten)]
    how: How,
    #[command(flatten)]
    json: Json,
    #[command(flatten)]
    lowest: Lowest,
}

pub fn run(args: &Args) -> Result {
    if let Some(path) = &args.model {
        files::format_of(path)?;
    }
    let target_given = args.target_error.unwrap_or(args.ratio);
    if !target_given.is_finite() || target_given < 0.0 || (args.target_error.is_none() && args.ratio > 1.0) {
        return Err(Failure::Usage(
            "mpq: give --ratio in 0…1, or a --target-error that is not negative".to_owned(),
        ));
    }
    args.recording.check()?;
    args.recording
        .check_levels(&args.recording.overrides()?, "the search")?;
    options::use_threads(args.recording.threads)?;
    let float = files::read_float_model(&args.float)?;
    let mut one = One {
        lowest: args.lowest.lowest,
        ..One::default()
    };
    if args.strict.strict {
        one.unruled = Unruled::Refuse;
    }
    // Before anything runs, which may take long.
    precheck::operators(&float, &one).map_err(|error| error.within(args.float.display()))?;
    let records = args.data.open(&float, &args.shapes)?;
    let layers = Layers::of(&float, &one);
    let mut evaluator = Evaluator {
        name: &args.float,
        float: &float,
        records: records.as_ref(),
        recording: &args.recording,
        flags: one,
        metric: args.metric,
        json: &args.json,
        end: End::Front,
        execution: args.how.execution(FileFormat::Circle),
        folder: args.save_intermediate.as_deref(),
        target: f64::NAN,
        whole: Vec::new(),
        steps: Vec::new(),
        best: None,
    };
    evaluator.prepare()?;
    if !args.pattern.is_empty() {
        let outcome = patterns::int16(&mut evaluator, &args.pattern)?;
        return finish(args, &evaluator, &outcome);
    }
    let int16 = evaluator.whole(QuantType::Int16)?;
    let uint8 = evaluator.whole(QuantType::Uint8)?;
    let target = args
        .target_error
        .unwrap_or(int16.error + args.ratio * (uint8.error - int16.error));
    evaluator.target = target;
    args.json.print(&format!(
        "layers       {} operators, {} of them can be int16; depths 1…{}\nrecords      {}\n\
         int16        {} {}, {}\n{}uint8        {} {}, {}\n{}target       {} {}\n",
        float.main().operators().len(),
        layers.layers.len(),
        layers.last.saturating_sub(1),
        records.len(),
        args.metric,
        number(Some(int16.error)),
        size::short(int16.bytes),
        executed(&int16),
        args.metric,
        number(Some(uint8.error)),
        size::short(uint8.bytes),
        executed(&uint8),
        args.metric,
        number(Some(target)),
    ))?;

    let outcome = if uint8.error <= target {
        Outcome::uint8(uint8)
    } else if int16.error > target {
        Outcome::none(uint8, int16, &layers, target)
    } else if int16.error >= target {
        Outcome::int16(int16, &layers, target)
    } else {
        let ends = match args.bisection.as_str() {
            "true" => vec![End::Front],
            "false" => vec![End::Back],
            "mpeir" => vec![evaluator.worse_end(&uint8.quantized, &layers)?],
            _ => vec![End::Front, End::Back],
        };
        let mut found = Vec::new();
        for end in ends {
            found.extend(search(&mut evaluator, end, &layers)?);
        }
        // Of two ends with as many layers, the smaller model; of equal ones the front.
        let few = |(_, step, candidate): &(End, Step, Candidate)| (step.layers.len(), candidate.bytes);
        match found.into_iter().min_by_key(few) {
            Some((end, step, candidate)) => Outcome::mixed(end, &step, candidate, target),
            None => Outcome::int16(int16, &layers, target),
        }
    };
    finish(args, &evaluator, &outcome)
}

/// The line that says how a model of one type was executed.
fn executed(candidate: &Candidate) -> String {
    format!("  executed   {}\n", candidate.executed)
}

/// Writes what was found: nothing when the model is wanted and cannot be written.
fn finish(args: &Args, evaluator: &Evaluator<'_>, outcome: &Outcome) -> Result {
    let model = match &args.model {
        Some(path) => Some((
            path.as_path(),
            files::checked(path, outcome.model(), args.strict)?,
        )),
        None => None,
    };
    evaluator.write_errors()?;
    outcome.write(&args.output, model, &args.json)?;
    args.json.write("mpq", || {
        json!({
            "model": args.float.display().to_string(),
            "records": evaluator.records.len(),
            "metric": args.metric.word(),
            "target": evaluator.target,
            "whole": evaluator.whole.iter().map(UniformReport::json).collect::<Vec<_>>(),
            "steps": evaluator.steps.iter().map(StepReport::json).collect::<Vec<_>>(),
            "best": outcome.json(),
            "output": args.output.display().to_string(),
        })
    })?;
    outcome.reached(&args.output)
}

/// Searches from one end, prints the steps, and returns the best.
fn search(
    evaluator: &mut Evaluator<'_>,
    end: End,
    layers: &Layers,
) -> Result<Option<(End, Step, Candidate)>> {
    let target = evaluator.target;
    let from = evaluator.steps.len();
    evaluator.end = end;
    evaluator.best = None;
    let search = bisect(layers, end, target, &mut |cut, names| evaluator.mixed(cut, names))?;
    let head = [
        &format!("int16 at the {}", end.word()),
        "cut",
        "int16 layers",
        "size",
        evaluator.metric.word(),
        "target",
    ];
    let rows: Vec<Vec<String>> = evaluator.steps[from..]
        .iter()
        .enumerate()
        .map(|(at, step)| {
            vec![
                format!("step {}", at + 1),
                step.cut.to_string(),
                step.layers.to_string(),
                size::short(step.bytes),
                number(Some(step.error)),
                if step.error < target { "below" } else { "not below" }.to_owned(),
            ]
        })
        .collect();
    evaluator.json.print(&table(&head, &rows))?;
    let best = search.best.and_then(|at| search.steps.into_iter().nth(at));
    Ok(best
        .zip(evaluator.best.take())
        .map(|(step, candidate)| (end, step, candidate)))
}
