//! `amct auto-accuracy`.

use std::path::PathBuf;

use clap::ValueEnum;
use quant_amct::flow::{AutoAccuracy, Known, Measure};
use quant_case::hash;

use super::args::{Calibrating, Configured, Model};
use crate::amct::accuracy::{By, Examples, Judge, Kept, write_results};
use crate::amct::{Log, flows};
use crate::data::{Data, Labels};
use crate::failure::{Failure, Result};
use crate::options;

#[derive(clap::Args)]
pub struct Args {
    #[command(flatten)]
    model: Model,
    #[command(flatten)]
    configured: Configured,
    #[command(flatten)]
    calibrating: Calibrating,
    /// Beginning of the files to write; results of the search stand beside them
    #[arg(short, long, value_name = "PREFIX")]
    output: PathBuf,
    /// Record to write [default: record.txt beside the graph]
    #[arg(long, value_name = "FILE")]
    record: Option<PathBuf>,
    /// Data that measures: top-1 in percent. Of the same forms as --data
    #[arg(long, value_name = "DATA", value_parser = options::data, required_unless_present = "evaluator")]
    eval_data: Option<Data>,
    /// Classes of --eval-data: a .npy or text file, folders, or field:NAME
    #[arg(long, value_name = "LABELS", requires = "eval_data")]
    labels: Option<Labels>,
    /// Added to each class of the data
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    label_offset: i64,
    /// A command that gets the model's file as its last argument and prints its metric, a number, on its last line
    #[arg(long, value_name = "CMD", conflicts_with = "eval_data")]
    evaluator: Option<String>,
    /// Seconds that the command of --evaluator may take each time
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, requires = "evaluator")]
    time_limit: u64,
    /// The metric may fall by less than this
    #[arg(long, value_name = "LOSS", default_value_t = 0.5)]
    loss: f64,
    /// How layers are ranked
    #[arg(long, value_enum, default_value_t = Sensitivity::Cosine)]
    sensitivity: Sensitivity,
    /// Go on with what an interrupted search measured
    #[arg(long)]
    resume: bool,
    /// Folder for the record of the trials
    #[arg(long, value_name = "FOLDER", default_value = Log::FOLDER)]
    log: PathBuf,
}

/// How layers are ranked.
#[derive(Clone, Copy, ValueEnum)]
enum Sensitivity {
    /// Cosine of float and quantized outputs
    Cosine,
    /// Distance of outputs stretched to 0…1
    Mse,
}

pub fn run(args: &Args, log: &mut Log) -> Result {
    if !(args.loss.is_finite() && args.loss > 0.0) {
        return Err(Failure::Usage(format!(
            "--loss {}: give a number greater than 0",
            args.loss
        )));
    }
    args.calibrating.start()?;
    let (graph, outputs) = args.model.read()?;
    let config = args.configured.source().read(&graph)?;
    let record = flows::record_of(&args.output, args.record.as_deref())?;
    let batches = args.calibrating.open(&graph, &args.model.model, &outputs)?;
    std::fs::create_dir_all(&args.log).map_err(|error| Failure::io(&args.log, &error))?;
    let by = match (&args.eval_data, &args.evaluator) {
        (_, Some(command)) => By::Command {
            command,
            seconds: args.time_limit,
            folder: args.log.clone(),
        },
        (Some(data), None) => By::Labels(Examples {
            data,
            labels: args.labels.as_ref(),
            offset: args.label_offset,
            prepare: &args.calibrating.prepare,
            shape: &args.calibrating.input_shape,
        }),
        (None, None) => return Err(Failure::Usage("give --eval-data or --evaluator".to_owned())),
    };
    let mut judge = Judge {
        by,
        allowed: args.loss,
    };
    let kept = Kept::of(&args.log);
    let mark = mark(args, &graph, &config.to_json())?;
    let known = if args.resume {
        kept.read(&mark)?
    } else {
        Known::default()
    };
    let flow = AutoAccuracy {
        graph: &graph,
        config: &config,
        outputs: &outputs,
        batches: &batches,
        measure: match args.sensitivity {
            Sensitivity::Cosine => Measure::Cosine,
            Sensitivity::Mse => Measure::Mse,
        },
        memory: args.calibrating.memory << 20,
        progress: &|| {},
    };
    let mut said = Ok(());
    let mut keep = |known: &Known| {
        let written = kept.write(&mark, known);
        written
            .map_err(|failure| quant_core::Error::new("", quant_core::Problem::Io(failure.to_string()), ""))
    };
    let found = flow.run(&mut judge, known, &mut keep, &mut |line| {
        let told = log.info("AMCT", line);
        said = std::mem::replace(&mut said, Ok(())).and(told);
    })?;
    said?;
    write_results(&found, &args.output, &args.log, log)?;
    if let Some((_, calibrated)) = &found.best {
        flows::save(calibrated, &args.output, Some(&record), log)?;
        let folder = flows::beside(&args.output, "").display().to_string();
        let folder = folder.strip_suffix('/').unwrap_or(&folder).to_owned();
        let folder = if folder.is_empty() { ".".to_owned() } else { folder };
        log.info("AMCT", &format!("The generated model is stored in dir: {folder}"))?;
        log.info("AMCT", &format!("The records file is stored in dir: {folder}"))?;
    }
    kept.remove();
    match found.best {
        Some(_) => Ok(()),
        None => Err(Failure::Differs(
            "no set of quantized layers keeps the accuracy; allow more with --loss".to_owned(),
        )),
    }
}

/// What makes a search the same one: the graph, its configuration, data, and how they become inputs and classes.
fn mark(args: &Args, graph: &quant_tensorflow::Graph, config: &str) -> Result<String> {
    let calibrating = &args.calibrating;
    let data = args.eval_data.as_ref().map(ToString::to_string);
    let evaluated = data.or_else(|| args.evaluator.clone()).unwrap_or_default();
    Ok(format!(
        "{} {:016x} | {:?} | {} | {} | {:?} | {:?} | {evaluated} | {:?} | {} | {config}",
        args.model.model.display(),
        hash::of(graph.to_bytes()?),
        args.model.outputs,
        calibrating.data,
        calibrating.batch_size,
        calibrating.prepare,
        calibrating.input_shape,
        args.labels,
        args.label_offset,
    ))
}
