//! `mpq`: which layers of a uint8 model should be int16 to reach an error.

mod evaluate;
mod outcome;

use std::path::PathBuf;

use quant_case::QuantType;
use quant_core::metrics::Metric;
use quant_core::mpq::{End, Layers, bisect};

use crate::data::{self, Data, Shapes};
use crate::failure::{Failure, Result};
use crate::files;
use crate::litert::Strict;
use crate::options::{self, Recording};
use crate::table::{number, table};
use evaluate::Evaluator;
use outcome::Outcome;

#[derive(clap::Args)]
pub struct Args {
    /// Float model (.circle, .tflite or .recipe)
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
    /// Which end becomes int16: the front (true), the back (false), or the one whose layers have the larger errors in
    /// uint8 (auto)
    #[arg(long, value_name = "WORD", default_value = "auto", value_parser = ["auto", "true", "false"])]
    bisection: String,
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
    options::use_threads(args.recording.threads)?;
    let float = files::read_float_model(&args.float)?;
    let records = args.data.open(&float, &args.shapes)?;
    let layers = Layers::of(&float);
    let mut evaluator = Evaluator {
        name: &args.float,
        float: &float,
        records: records.as_ref(),
        recording: &args.recording,
        metric: args.metric,
        folder: args.save_intermediate.as_deref(),
        target: f64::NAN,
        whole: Vec::new(),
        steps: Vec::new(),
        best: None,
    };
    evaluator.prepare()?;
    let int16 = evaluator.whole(QuantType::Int16)?;
    let uint8 = evaluator.whole(QuantType::Uint8)?;
    let target = args
        .target_error
        .unwrap_or(int16.error + args.ratio * (uint8.error - int16.error));
    evaluator.target = target;
    files::print(&format!(
        "layers       {} operators, {} of them can be int16; depths 1…{}\nrecords      {}\n\
         int16        {} {}\nuint8        {} {}\ntarget       {} {}\n",
        float.main().operators.len(),
        layers.layers.len(),
        layers.last.saturating_sub(1),
        records.len(),
        args.metric,
        number(Some(int16.error)),
        args.metric,
        number(Some(uint8.error)),
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
        let end = match args.bisection.as_str() {
            "true" => End::Front,
            "false" => End::Back,
            _ => evaluator.worse_end(&uint8.quantized, &layers)?,
        };
        let search = bisect(&layers, end, target, &mut |cut, names| {
            evaluator.mixed(cut, names)
        })?;
        let rows: Vec<Vec<String>> = search
            .steps
            .iter()
            .enumerate()
            .map(|(at, step)| {
                vec![
                    format!("step {}", at + 1),
                    step.cut.to_string(),
                    step.layers.len().to_string(),
                    number(Some(step.error)),
                    if step.error < target { "below" } else { "not below" }.to_owned(),
                ]
            })
            .collect();
        let head = [
            "int16 at the front",
            "cut",
            "int16 layers",
            args.metric.word(),
            "target",
        ];
        let head = match end {
            End::Front => head,
            End::Back => ["int16 at the back", head[1], head[2], head[3], head[4]],
        };
        files::print(&table(&head, &rows))?;
        let best = search.best.and_then(|at| search.steps.get(at));
        match best.zip(evaluator.best.take()) {
            Some((step, tried)) => Outcome::mixed(step, tried, target),
            None => Outcome::int16(int16, &layers, target),
        }
    };
    evaluator.write_errors()?;
    outcome.write(&args.output, args.model.as_deref(), args.strict)
}
