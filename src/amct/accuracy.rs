//! The search for layers to leave float, on files.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use quant_amct::flow::{Evaluator, Known, Searched};
use quant_amct::json::Json;
use quant_amct::run::{Runner, floats};
use quant_amct::search::{ranked, ranking_json, record_json};
use quant_case::text_file;
use quant_core::interp::{Interpreter, Workspace};
use quant_core::{Error, Problem};
use quant_tensorflow::Graph;

use super::flows::beside;
use super::model;
use super::save::write;
use super::{InputShape, Log};
use crate::data::{Data, Labels, Shapes};
use crate::failure::{Failure, Result};
use crate::files;
use crate::verbs::accuracy::evaluator;

/// How good a graph is, and how much may be lost.
pub struct Judge<'a> {
    /// Who measures.
    pub by: By<'a>,
    /// Losses below it are allowed.
    pub allowed: f64,
}

/// Who measures.
pub enum By<'a> {
    /// The share of examples in percent whose class has the best score.
    Labels(Examples<'a>),
    /// A command that gets the model's file and prints a number.
    Command {
        /// The command.
        command: &'a str,
        /// Seconds that it may take.
        seconds: u64,
        /// Where the model is put for it.
        folder: PathBuf,
    },
}

/// Examples with their classes.
pub struct Examples<'a> {
    /// The data.
    pub data: &'a Data,
    /// Its classes.
    pub labels: Option<&'a Labels>,
    /// Added to each class.
    pub offset: i64,
    /// How pictures and arrays become inputs.
    pub prepare: &'a Shapes,
    /// Shapes of inputs that were given.
    pub shape: &'a InputShape,
}

impl Evaluator for Judge<'_> {
    fn evaluate(&mut self, graph: &Graph, outputs: &[String]) -> quant_core::Result<f64> {
        match &self.by {
            By::Labels(examples) => top1(examples, graph, outputs),
            By::Command {
                command,
                seconds,
                folder,
            } => {
                let path = folder.join("evaluated.pb");
                let bytes = graph.to_bytes()?;
                files::write(&path, &bytes)
                    .and_then(|()| evaluator::run(command, &path, *seconds))
                    .map_err(core)
            }
        }
    }

    fn judge(&mut self, original: f64, new: f64) -> (bool, f64) {
        (original - new < self.allowed, original - new)
    }
}

/// A failure as an error of the library.
fn core(failure: Failure) -> Error {
    match failure {
        Failure::Core(error) => error,
        Failure::Io(what) => Error::new("", Problem::Io(what), ""),
        other => Error::new("", Problem::Invalid(other.to_string()), ""),
    }
}

fn top1(examples: &Examples<'_>, graph: &Graph, outputs: &[String]) -> quant_core::Result<f64> {
    let shapes = model::shapes(graph, examples.shape, 1).map_err(core)?;
    let runner = Runner::new(graph, outputs, &shapes)?;
    let interpreter = Interpreter::new(runner.model())?;
    let mut workspace = Workspace::new(rayon::current_num_threads());
    let records = examples
        .data
        .open_labelled(runner.model(), examples.prepare, examples.labels)
        .map_err(core)?;
    let (mut right, mut count) = (0usize, 0usize);
    for index in 0..records.len() {
        let (inputs, labels) = records.get(index)?;
        let values = interpreter.run_with(inputs, &mut workspace, &mut |_, _, _| Ok(()))?;
        let scores = floats(
            values
                .first()
                .ok_or_else(|| Error::new("", Problem::Missing("no output".into()), ""))?,
        )?;
        let batch = values[0].shape.first().copied().unwrap_or(1).max(1);
        let classes = scores.len() / batch;
        for (scores, label) in scores.chunks(classes.max(1)).zip(&labels) {
            let mut best = 0;
            for (class, score) in scores.iter().enumerate() {
                if *score > scores[best] {
                    best = class;
                }
            }
            right += usize::from(i64::try_from(best).ok() == label.checked_add(examples.offset));
            count += 1;
        }
    }
    if count == 0 {
        let problem = Problem::Invalid("the data of the evaluator has no examples".to_owned());
        return Err(Error::new("", problem, "give at least one"));
    }
    Ok(100.0 * right as f64 / count as f64)
}

/// Names of the files that a search leaves.
const NAME: &str = "accuracy_based_auto_calibration";

/// Metrics of an interrupted search, and where they are kept.
pub struct Kept(PathBuf);

impl Kept {
    /// In a folder.
    pub fn of(folder: &Path) -> Self {
        Self(folder.join(format!("{NAME}_measured.json")))
    }

    /// What was measured for the same search (`mark`); nothing when there is no such file.
    pub fn read(&self, mark: &str) -> Result<Known> {
        if !self.0.exists() {
            return Ok(Known::default());
        }
        let wrong = || {
            Failure::Invalid(format!(
                "{}: not the measurements of this search; start without --resume",
                self.0.display()
            ))
        };
        // Not as an input, which nothing may write: this file is written anew after each measurement.
        let text = text_file::read(&self.0).map_err(|error| Failure::io(&self.0, &error))?;
        let Ok(Json::Object(members)) = Json::read(&text) else {
            return Err(wrong());
        };
        let get = |key: &str| {
            members
                .iter()
                .find(|(name, _)| name == key)
                .map(|(_, value)| value)
        };
        if get("search") != Some(&Json::text(mark)) {
            return Err(wrong());
        }
        let number = |value: &Json| match value {
            Json::Float(value) => Some(*value),
            Json::Int(value) => Some(*value as f64),
            _ => None,
        };
        let mut probes = BTreeMap::new();
        let Some(Json::List(list)) = get("probes") else {
            return Err(wrong());
        };
        for probe in list {
            let Json::List(pair) = probe else {
                return Err(wrong());
            };
            let [Json::List(names), metric] = pair.as_slice() else {
                return Err(wrong());
            };
            let name = |name: &Json| match name {
                Json::Text(name) => Some(name.clone()),
                _ => None,
            };
            let names: Option<Vec<String>> = names.iter().map(name).collect();
            let (Some(names), Some(metric)) = (names, number(metric)) else {
                return Err(wrong());
            };
            probes.insert(names, metric);
        }
        Ok(Known {
            original: get("original").and_then(number),
            probes,
        })
    }

    /// Keeps what was measured.
    pub fn write(&self, mark: &str, known: &Known) -> Result {
        let probe = |(names, metric): (&Vec<String>, &f64)| {
            Json::List(vec![Json::texts(names), Json::Float(*metric)])
        };
        let text = Json::object([
            ("search", Json::text(mark)),
            ("original", known.original.map_or(Json::Null, Json::Float)),
            ("probes", Json::List(known.probes.iter().map(probe).collect())),
        ]);
        files::write(&self.0, text.write().as_bytes())
    }

    /// The search is over.
    pub fn remove(&self) {
        let _ = std::fs::remove_file(&self.0);
    }
}

/// Writes what a search leaves: the ranking and the final configuration beside the model, the record of trials in the log's
/// folder.
pub fn write_results(found: &Searched, prefix: &Path, log_folder: &Path, log: &mut Log) -> Result {
    let folder = beside(prefix, "");
    let ranking = ranking_json(&ranked(found.ranking.clone()));
    write(
        &folder.join(format!("{NAME}_ranking_information.json")),
        ranking.as_bytes(),
        log,
    )?;
    write(
        &log_folder.join(format!("{NAME}_record.json")),
        record_json(&found.outcome.trials).as_bytes(),
        log,
    )?;
    if let Some((config, _)) = &found.best {
        write(
            &folder.join(format!("{NAME}_final_config.json")),
            config.to_json().as_bytes(),
            log,
        )?;
    }
    Ok(())
}
