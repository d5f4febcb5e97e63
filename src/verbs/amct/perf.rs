//! `amct auto-perf`.

use std::path::{Path, PathBuf};

use quant_amct::config::{Arguments, Config, Sampler, read_sampler};
use quant_amct::flow::Folding;
use quant_amct::graph::quantizable;
use quant_amct::json::{Json, python};
use quant_amct::record::Record;
use quant_amct::search::{Clock, End, Fastest, Times, batch_roll_back};
use quant_tensorflow::Graph;

use super::args::Model;
use crate::amct::flows::Source;
use crate::amct::measuring::{Command, Measured};
use crate::amct::speed::{Mixed, Written};
use crate::amct::{InputShape, Log};
use crate::failure::{Failure, Result};
use crate::files;

#[derive(clap::Args)]
#[command(group(clap::ArgGroup::new("clock").required(true).args(["times", "measure"])))]
pub struct Args {
    #[command(flatten)]
    model: Model,
    /// Record of all layers that may be quantized, as `calibrate` writes it
    #[arg(long, value_name = "FILE")]
    record: PathBuf,
    /// Configuration that the record was made with: config.json or a short one (.cfg)
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Times of layers, CSV or JSON: layer, float_us, quant_us and, if known, quant_node_us, dequant_node_us
    #[arg(long, value_name = "TABLE")]
    times: Option<PathBuf>,
    /// A command that gets the model's file as its last argument and prints lines of a node and its time, or the total as its
    /// last line
    #[arg(long, value_name = "CMD")]
    measure: Option<String>,
    /// Seconds that the command of --measure may take each time
    #[arg(
        long,
        value_name = "SECONDS",
        default_value_t = 3600,
        conflicts_with = "times"
    )]
    time_limit: u64,
    /// AMCT's sampler configuration (.cfg): checked, and kept beside the times
    #[arg(long, value_name = "FILE")]
    sampler_config: Option<PathBuf>,
    /// Rounds at the most
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: u32,
    /// Beginning of the files to write; results of the search stand beside them
    #[arg(short, long, value_name = "PREFIX")]
    output: PathBuf,
    /// Folder for the models that --measure gets
    #[arg(long, value_name = "FOLDER", default_value = Log::FOLDER)]
    log: PathBuf,
}

pub fn run(args: &Args, log: &mut Log) -> Result {
    let (graph, outputs) = args.model.read()?;
    let source = match &args.config {
        Some(path) => Source::of(path),
        None => Source::Arguments(Arguments {
            skip_layers: Vec::new(),
            batch_num: 1,
            activation_offset: true,
        }),
    };
    let config = source.read(&graph)?;
    let sampler = args.sampler_config.as_deref();
    let sampler = sampler.map(|path| sampler_of(path, &graph)).transpose()?;
    let within = |error: quant_core::Error| error.within(args.record.display());
    let record = Record::read(&files::read_text(&args.record)?).map_err(within)?;
    let folding = Folding::of(&graph, &config, &outputs)?;
    let layers = quantizable(&folding.graph)?.into_iter().map(|(name, _)| name);
    let mixed = Mixed {
        layers: layers.filter(|name| record.get(name).is_some()).collect(),
        graph: &graph,
        folding,
        record: &record,
    };
    // A record of another graph is refused before anything is measured.
    mixed.folding.quantize(&record).map_err(within)?;
    agree(args, &mixed, &config)?;
    let (written, more);
    let found = if let Some(command) = &args.measure {
        written = Written::of(&args.output)?;
        std::fs::create_dir_all(&args.log).map_err(|error| Failure::io(&args.log, &error))?;
        let command = Command {
            command,
            seconds: args.time_limit,
            folder: args.log.clone(),
        };
        more = ("measure".to_owned(), Json::text(command.command));
        search(args, &mixed, &mut Measured::new(command, &mixed)?)?
    } else {
        let table = args.times.as_deref().unwrap_or(Path::new(""));
        let times = Times::read(&files::read_text(table)?).map_err(|error| error.within(table.display()))?;
        written = Written::of(&args.output)?;
        more = ("times".to_owned(), Json::text(table.display().to_string()));
        search(args, &mixed, &mut mixed.by_table(&times, table, log)?)?
    };
    tell(&mixed, &found, log)?;
    let sampler = sampler.map(|sampler| ("sampler".to_owned(), sampler.json()));
    let more = std::iter::once(more).chain(sampler).collect();
    written.write(&mixed, &found, &config, more, log)?;
    if found.quantized.contains(&true) {
        return Ok(());
    }
    Err(Failure::Differs(
        "no set of quantized layers is faster than the float model; no model is written".to_owned(),
    ))
}

fn search(args: &Args, mixed: &Mixed<'_>, clock: &mut dyn Clock) -> Result<Fastest> {
    Ok(batch_roll_back(mixed.layers.len(), args.rounds as usize, clock)?)
}

/// Record and configuration are of one calibration, and there is something to choose.
fn agree(args: &Args, mixed: &Mixed<'_>, config: &Config) -> Result {
    let wrong = |what: String| {
        let what = format!("{}: {what}", args.record.display());
        Err(Failure::Invalid(what))
    };
    if mixed.layers.is_empty() {
        return wrong("it has no layers; give the record of a calibration".to_owned());
    }
    match mixed.layers.iter().find(|layer| !config.enabled(layer)) {
        None => Ok(()),
        Some(layer) => wrong(format!(
            "layer `{layer}` is float in the configuration; give the one of this record with --config"
        )),
    }
}

/// A sampler configuration whose inputs are those of the graph.
fn sampler_of(path: &Path, graph: &Graph) -> Result<Sampler> {
    let sampler = read_sampler(&files::read_text(path)?).map_err(|error| error.within(path.display()))?;
    let wrong = |what: String| Failure::Invalid(format!("{}: input_shape: {what}", path.display()));
    let shapes: InputShape = sampler.input_shape.parse().map_err(wrong)?;
    let is_input = |name: &str| graph.find(name).is_some_and(|node| node.op() == "Placeholder");
    match shapes.0.keys().find(|name| !is_input(name)) {
        None => Ok(sampler),
        Some(name) => Err(wrong(format!(
            "`{name}` is no input of the graph; name its Placeholder"
        ))),
    }
}

/// The rounds, and what the models take.
fn tell(mixed: &Mixed<'_>, found: &Fastest, log: &mut Log) -> Result {
    for (index, round) in found.rounds.iter().enumerate().skip(1) {
        let names: Vec<&str> = round
            .rolled_back
            .iter()
            .map(|layer| mixed.layers[*layer].as_str())
            .collect();
        let undone = if round.kept { "" } else { ", slower: undone" };
        let line = format!(
            "Round {index}: {} float, {} layers quantized, {} us{undone}",
            names.join(", "),
            round.quantized,
            python(round.total)
        );
        log.info("AMCT", &line)?;
    }
    if found.end == End::RoundLimit {
        log.warning(
            "AMCT",
            "Layers that are slower quantized are left; allow more --rounds",
        )?;
    }
    for (model, time) in [
        ("original", found.float),
        ("global quantized", found.all),
        ("chosen", found.total),
    ] {
        log.info("AMCT", &format!("Time of {model} model is {} us", python(time)))?;
    }
    let kept = found.quantized.iter().filter(|on| **on).count();
    log.info(
        "AMCT",
        &format!("{kept} of {} layers stay quantized", mixed.layers.len()),
    )
}
