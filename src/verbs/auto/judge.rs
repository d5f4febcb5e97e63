//! How good a model is: one number, the higher the better, and how near its outputs are to the float model's.

use std::path::{Path, PathBuf};

use quant_core::ir::{FileFormat, Model, TensorId};
use quant_core::metrics::{self, Errors, Sample, Side, numbers};
use quant_core::quantized::running::{Executed, Execution, Running};
use quant_core::record::Records;
use quant_core::sensitivity::joint;
use quant_core::value::Value;
use quant_core::{Error, Result as CoreResult};
use serde_json::{Value as Json, json};

use crate::data::Labelled;
use crate::failure::{Failure, Result};
use crate::files;
use crate::verbs::accuracy::{evaluator, judged};

/// Elements of outputs that may be kept, 256 MiB of floats.
const MOST: usize = 1 << 26;

/// How good a model is.
#[derive(Clone, Debug)]
pub struct Score {
    /// What is judged: the higher the better.
    pub value: f64,
    /// SQNR of its outputs, in decibels; infinite for the float model.
    pub sqnr: f64,
    /// How it was executed.
    pub executed: String,
}

impl Score {
    /// It as JSON.
    pub fn json(&self) -> Json {
        json!({"score": self.value, "sqnr": self.sqnr.is_finite().then_some(self.sqnr), "executed": self.executed})
    }

    /// It again.
    pub fn read(json: &Json) -> Option<Self> {
        Some(Self {
            value: json["score"].as_f64()?,
            sqnr: json["sqnr"].as_f64().unwrap_or(f64::INFINITY),
            executed: json["executed"].as_str()?.to_owned(),
        })
    }
}

/// What is judged.
pub enum By<'a> {
    /// Right answers, in percent.
    Labels(&'a dyn Labelled, i64),
    /// A program's number.
    Evaluator(&'a str, u64),
    /// Answers that are the float model's, in percent; of outputs that are no classes the part of their energy that is right.
    Float,
}

/// Records whose labels do not count.
pub struct Unlabelled<'a>(pub &'a dyn Labelled);

impl Records for Unlabelled<'_> {
    fn len(&self) -> usize {
        self.0.len()
    }

    fn get(&self, index: usize) -> CoreResult<Vec<Value>> {
        Ok(self.0.get(index)?.0)
    }
}

/// What models are judged by.
pub struct Judge<'a> {
    by: By<'a>,
    records: &'a dyn Records,
    execution: Execution,
    threads: usize,
    /// A file for programs.
    trial: PathBuf,
    float: &'a Model,
    /// The float model's outputs in each record.
    outputs: Vec<Vec<Option<Value>>>,
    /// Whether the first output is one list of classes.
    classes: bool,
}

impl<'a> Judge<'a> {
    /// Runs the float model; it, and its score. `trial` is a file that is written for programs.
    pub fn new(
        by: By<'a>,
        float: &'a Model,
        records: &'a dyn Records,
        execution: Execution,
        threads: usize,
        trial: PathBuf,
    ) -> Result<(Self, Score)> {
        let graph = float.main();
        let size = graph
            .outputs()
            .iter()
            .filter_map(|id| graph.tensor(*id).elements());
        if size.sum::<usize>().saturating_mul(records.len()) > MOST {
            return Err(Failure::Invalid(format!(
                "the outputs of {} records are too many to keep; give fewer records",
                records.len()
            )));
        }
        let outputs = metrics::values(Side::float(float, records), graph.outputs(), threads, &|_| ())?;
        let classes = outputs.iter().all(|outputs| {
            let first = outputs.first().and_then(Option::as_ref);
            first.is_some_and(|first| {
                first
                    .shape
                    .last()
                    .is_some_and(|last| *last > 1 && first.len() == *last)
            })
        });
        let judge = Self {
            by,
            records,
            execution,
            threads,
            trial,
            float,
            outputs,
            classes,
        };
        let score = Score {
            value: match judge.by {
                By::Float => 100.0,
                _ => judge.number(&judge.outputs, float, f64::INFINITY)?,
            },
            sqnr: f64::INFINITY,
            executed: Executed::Float.to_string(),
        };
        Ok((judge, score))
    }

    /// The word for what is judged.
    pub fn word(&self) -> &'static str {
        match self.by {
            By::Labels(..) => "top-1 %",
            By::Evaluator(..) => "evaluator",
            By::Float if self.classes => "top-1 as float %",
            By::Float => "energy right %",
        }
    }

    /// How good a quantized model is.
    pub fn score(&self, model: &Model) -> Result<Score> {
        let first = |_: &Model| {
            (!self.records.is_empty())
                .then(|| self.records.get(0))
                .transpose()
        };
        let running = Running::of::<Error>(model, self.execution, first)?;
        let wanted: Vec<TensorId> = running.model.main().outputs().to_vec();
        let side = Side::of(&running, self.records);
        let outputs = metrics::values(side, &wanted, self.threads, &|_| ())?;
        let mut errors = vec![Errors::default(); wanted.len()];
        for (right, found) in self.outputs.iter().zip(&outputs) {
            for (errors, (right, found)) in errors.iter_mut().zip(right.iter().zip(found)) {
                if let (Some(right), Some(found)) = (right, found) {
                    errors.add(&Sample::of(&numbers(right), &numbers(found)));
                }
            }
        }
        let sqnr = joint(&errors).unwrap_or(f64::INFINITY);
        Ok(Score {
            value: self.number(&outputs, model, sqnr)?,
            // A sum that is no number is as bad as can be.
            sqnr: if sqnr.is_nan() { f64::NEG_INFINITY } else { sqnr },
            executed: running.how.to_string(),
        })
    }

    fn number(&self, outputs: &[Vec<Option<Value>>], model: &Model, sqnr: f64) -> Result<f64> {
        let percent = |part: usize, of: usize| 100.0 * part as f64 / of.max(1) as f64;
        let first = |outputs: &'_ [Option<Value>]| outputs.first().cloned().flatten();
        match self.by {
            By::Labels(labelled, offset) => {
                let (mut right, mut all) = (0, 0);
                for (index, outputs) in outputs.iter().enumerate() {
                    let (_, labels) = labelled.get(index)?;
                    let outcomes = judged(first(outputs).as_ref(), &labels, offset)?;
                    all += outcomes.len();
                    right += outcomes.iter().filter(|outcome| outcome.is_right()).count();
                }
                Ok(percent(right, all))
            }
            By::Evaluator(command, seconds) => {
                files::write_model_as(&self.trial, model, format(&self.trial, self.float))?;
                let number = evaluator::run(command, &self.trial, seconds);
                let _ = std::fs::remove_file(&self.trial);
                number
            }
            By::Float if self.classes => {
                let same = self.outputs.iter().zip(outputs).filter(|(right, found)| {
                    let (right, found) = (first(right), first(found));
                    right.zip(found).is_some_and(|(right, found)| {
                        Sample::of(&numbers(&right), &numbers(&found)).top1 == Some(1.0)
                    })
                });
                Ok(percent(same.count(), outputs.len()))
            }
            By::Float if sqnr.is_nan() => Ok(f64::NEG_INFINITY),
            By::Float => Ok(100.0 * (1.0 - 10f64.powf(-sqnr / 10.0))),
        }
    }
}

/// The format of a file, by its name.
fn format(path: &Path, float: &Model) -> FileFormat {
    files::format_of(path).unwrap_or(float.format)
}
