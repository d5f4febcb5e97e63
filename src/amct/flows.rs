//! Configuration, calibration and conversion of files.

use std::path::{Path, PathBuf};

use quant_amct::batches::Batches;
use quant_amct::config::{Arguments, Config, Simple, create, read_simple};
use quant_amct::flow::{Calibrated, Calibration, Folding};
use quant_amct::graph::{Options, convert_qat, layers, left_float};
use quant_amct::record::Record;
use quant_tensorflow::Graph;

use super::save::write;
use super::{Log, Saved};
use crate::failure::{Failure, Result};
use crate::{files, progress, used_files};

/// Where a configuration comes from.
pub enum Source {
    /// AMCT's `config.json`.
    Json(PathBuf),
    /// A short configuration (`.cfg`).
    Short(PathBuf),
    /// Arguments.
    Arguments(Arguments),
}

impl Source {
    /// A file by its name: `.json`, or a short configuration.
    pub fn of(path: &Path) -> Self {
        if files::extension(path) == "json" {
            Self::Json(path.into())
        } else {
            Self::Short(path.into())
        }
    }

    /// The configuration for a graph.
    pub fn read(&self, graph: &Graph) -> Result<Config> {
        let layers = layers(graph)?;
        Ok(match self {
            Self::Json(path) => Config::read(&files::read_text(path)?, &layers)
                .map_err(|error| error.within(path.display()))?,
            Self::Short(path) => {
                let simple = read_simple(&files::read_text(path)?);
                simple
                    .and_then(|simple| create(&simple, &layers))
                    .map_err(|error| error.within(path.display()))?
            }
            Self::Arguments(arguments) => create(&Simple::from(arguments.clone()), &layers)?,
        })
    }
}

/// Says which layers stay float, whatever the configuration says.
pub fn tell_left(graph: &Graph, log: &mut Log) -> Result {
    left_float(graph)?.iter().try_for_each(|left| {
        let line = format!("{} {} stays float: {}", left.op, left.name, left.why);
        log.warning("Config", &line)
    })
}

/// Writes a configuration.
pub fn write_config(path: &Path, config: &Config, log: &mut Log) -> Result {
    write(path, config.to_json().as_bytes(), log)?;
    log.info(
        "Config",
        &format!("Generate config file:{} success!", path.display()),
    )
}

/// Writes a record.
pub fn write_record(path: &Path, record: &Record, log: &mut Log) -> Result {
    write(path, record.to_text().as_bytes(), log)?;
    log.info("Record", &format!("The record is saved in {}", path.display()))
}

/// Bytes that captured activations may take, unless somebody says otherwise.
pub const MEMORY: usize = 1 << 30;

/// Calibrates a graph.
pub fn calibrate(
    graph: &Graph,
    config: &Config,
    outputs: &[String],
    batches: &dyn Batches,
    memory: usize,
) -> Result<Calibrated> {
    let bar = progress::bar("calibrating", config.batch_num as usize);
    let calibration = Calibration {
        config,
        outputs,
        memory,
        progress: &|| bar.inc(1),
    };
    let found = calibration.run(graph, batches);
    bar.finish_and_clear();
    Ok(found?)
}

/// The record of a flow: the one that is named, or `record.txt` beside the graph.
pub fn record_of(prefix: &Path, named: Option<&Path>) -> Result<PathBuf> {
    let record = named.map_or_else(|| beside(prefix, "record.txt"), Path::to_owned);
    free(prefix, Some(&record))?;
    Ok(record)
}

/// Refuses files to write that the flow reads, and a record in the place of what is made of it.
fn free(prefix: &Path, record: Option<&Path>) -> Result {
    let saved = Saved::of(prefix);
    for path in [&saved.model, &saved.json] {
        used_files::refuse(path)?;
        if record == Some(path) {
            return Err(Failure::Usage(format!(
                "{}: the record and what is made of it would be one file; name another with --record",
                path.display()
            )));
        }
    }
    record.map_or(Ok(()), used_files::refuse)
}

/// A file in the folder of a prefix, which may be a folder's name alone (`outputs/`).
pub fn beside(prefix: &Path, name: &str) -> PathBuf {
    let bytes = prefix.as_os_str().as_encoded_bytes();
    if bytes
        .last()
        .is_some_and(|byte| std::path::is_separator(char::from(*byte)))
    {
        prefix.join(name)
    } else {
        prefix.with_file_name(name)
    }
}

/// Saves a calibrated graph under a prefix, and its record where one is asked for.
pub fn save(calibrated: &Calibrated, prefix: &Path, record: Option<&Path>, log: &mut Log) -> Result {
    let (graph, quantized) = calibrated.folding.quantize(&calibrated.record)?;
    if let Some(record) = record {
        write_record(record, &calibrated.record, log)?;
    }
    Saved::of(prefix).write(&graph, &quantized, log)
}

/// Converts a float graph by a record.
pub fn convert(
    graph: &Graph,
    outputs: &[String],
    record: &Path,
    prefix: &Path,
    fp16: bool,
    log: &mut Log,
) -> Result {
    let text = files::read_text(record)?;
    let within = |error: quant_core::Error| error.within(record.display());
    let factors = Record::read(&text).map_err(within)?;
    if factors.entries.is_empty() {
        return Err(Failure::Invalid(format!(
            "{}: a record of no layer; calibrate the graph first",
            record.display()
        )));
    }
    free(prefix, None)?;
    // What the record does not name is folded, too: it stays float.
    let config = create_all(graph, fp16)?;
    let folding = Folding::of(graph, &config, outputs)?;
    let (graph, quantized) = folding.quantize(&factors).map_err(within)?;
    Saved::of(prefix).write(&graph, &quantized, log)
}

/// A configuration that folds everything.
fn create_all(graph: &Graph, fp16: bool) -> Result<Config> {
    let mut simple = Simple::default();
    if fp16 {
        simple.fakequant_precision_mode = Some(quant_amct::config::FORCE_FP16_QUANT.to_owned());
    }
    Ok(create(&simple, &layers(graph)?)?)
}

/// Converts a graph that was trained with fake quantization.
pub fn convert_trained(
    mut graph: Graph,
    outputs: &[String],
    prefix: &Path,
    record: Option<&Path>,
    log: &mut Log,
) -> Result {
    let options = Options {
        outputs: outputs.to_vec(),
        ..Options::default()
    };
    let converted = convert_qat(&mut graph, &options)?;
    for (layer, why) in &converted.float {
        log.warning("convert_qat", &format!("Layer {layer} stays float: {why}"))?;
    }
    for (layer, what) in &converted.warnings {
        log.warning("convert_qat", &format!("Layer {layer}: {what}"))?;
    }
    if converted.record.entries.is_empty() {
        return Err(Failure::Invalid(
            "no layer has FakeQuant nodes before its activation and its weights; train the graph with them, or calibrate it"
                .to_owned(),
        ));
    }
    free(prefix, record)?;
    if let Some(record) = record {
        write_record(record, &converted.record, log)?;
    }
    Saved::of(prefix).write(&graph, &converted.quantized, log)
}
