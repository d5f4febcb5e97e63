//! The flow that leaves layers float until a metric holds.

use std::collections::BTreeMap;

use quant_ir::{Error, Problem, Result};
use quant_tensorflow::Graph;

use super::calibrate::{Calibrated, Calibration};
use super::rank::{Measure, rank};
use crate::batches::Batches;
use crate::config::Config;
use crate::search::{Outcome, Probe, binary_search};

/// Who says how good a graph is.
pub trait Evaluator {
    /// The metric of a graph with these outputs; greater is better, or `judge` says otherwise.
    ///
    /// # Errors
    /// It cannot be measured.
    fn evaluate(&mut self, graph: &Graph, outputs: &[String]) -> Result<f64>;

    /// Whether `new` is good enough beside the float graph's metric, and what was lost.
    fn judge(&mut self, original: f64, new: f64) -> (bool, f64);
}

/// Metrics that were measured, by the layers that were left float; that of the float graph by itself.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Known {
    /// Of the float graph.
    pub original: Option<f64>,
    /// By the layers left float, sorted; none for all quantized.
    pub probes: BTreeMap<Vec<String>, f64>,
}

/// What a search needs.
pub struct AutoAccuracy<'a> {
    /// The float graph.
    pub graph: &'a Graph,
    /// What is quantized when all is.
    pub config: &'a Config,
    /// Names of the output nodes.
    pub outputs: &'a [String],
    /// Calibration data.
    pub batches: &'a dyn Batches,
    /// How layers are ranked.
    pub measure: Measure,
    /// Bytes that captured activations may take.
    pub memory: usize,
    /// Told after each run of the graph in a calibration.
    pub progress: &'a (dyn Fn() + Sync),
}

/// What a search found.
#[derive(Clone, Debug)]
pub struct Searched {
    /// The metric of the float graph.
    pub original: f64,
    /// The metric with all layers quantized.
    pub global: f64,
    /// How much each layer is disturbed, in the order of the graph; empty when all layers quantized are good enough.
    pub ranking: Vec<(String, f64)>,
    /// How the search went.
    pub outcome: Outcome,
    /// The calibration to save, with its configuration; `None` when nothing would be quantized.
    pub best: Option<(Config, Calibrated)>,
}

impl AutoAccuracy<'_> {
    /// Measures the float graph and the wholly quantized one, ranks layers, and searches. `known` has what was measured
    /// before, and `keep` is told of each new measurement.
    ///
    /// # Errors
    /// A metric that does not accept itself; what calibration or the evaluator refuse.
    pub fn run(
        &self,
        evaluator: &mut dyn Evaluator,
        known: Known,
        keep: &mut dyn FnMut(&Known) -> Result<()>,
        say: &mut dyn FnMut(&str),
    ) -> Result<Searched> {
        let mut state = State {
            flow: self,
            evaluator,
            known,
            keep,
            say,
        };
        let original = state.original()?;
        if !state.evaluator.judge(original, original).0 {
            let what = "Compare between original_accuracy and original_accuracy can not satisfy the acc requirement, please check \
                        the metric_eval() function.";
            return Err(Error::new(
                "",
                Problem::Invalid(what.to_owned()),
                "a loss of 0 must be allowed",
            ));
        }
        let all = self.calibrate(&[])?;
        let global = state.metric(&[])?;
        let ranking = if state.evaluator.judge(original, global).0 {
            all.layers.iter().map(|layer| (layer.name.clone(), 1.0)).collect()
        } else {
            let batches = usize::try_from(self.config.batch_num).unwrap_or(usize::MAX);
            rank(
                &all,
                self.batches,
                batches,
                self.measure,
                self.memory,
                self.progress,
            )?
        };
        let outcome = binary_search(&ranking, original, global, &mut state)?;
        let best = match &outcome.rolled_back {
            None => None,
            Some(float) => {
                let float: Vec<&str> = float.iter().map(String::as_str).collect();
                Some((self.config_without(&float), self.calibrate(&float)?))
            }
        };
        Ok(Searched {
            original,
            global,
            ranking,
            outcome,
            best,
        })
    }

    fn config_without(&self, float: &[&str]) -> Config {
        let mut config = self.config.clone();
        for name in float {
            if let Some(layer) = config.layers.get_mut(*name) {
                layer.quant_enable = false;
            }
        }
        config
    }

    fn calibrate(&self, float: &[&str]) -> Result<Calibrated> {
        let config = self.config_without(float);
        let calibration = Calibration {
            config: &config,
            outputs: self.outputs,
            memory: self.memory,
            progress: self.progress,
        };
        calibration.run(self.graph, self.batches)
    }
}

struct State<'a> {
    flow: &'a AutoAccuracy<'a>,
    evaluator: &'a mut dyn Evaluator,
    known: Known,
    keep: &'a mut dyn FnMut(&Known) -> Result<()>,
    say: &'a mut dyn FnMut(&str),
}

impl State<'_> {
    fn original(&mut self) -> Result<f64> {
        if let Some(known) = self.known.original {
            return Ok(known);
        }
        let metric = self.evaluator.evaluate(self.flow.graph, self.flow.outputs)?;
        self.known.original = Some(number(metric)?);
        (self.keep)(&self.known)?;
        Ok(metric)
    }

    fn metric(&mut self, float: &[&str]) -> Result<f64> {
        let mut key: Vec<String> = float.iter().map(|name| (*name).to_owned()).collect();
        key.sort();
        if let Some(known) = self.known.probes.get(&key) {
            return Ok(*known);
        }
        let calibrated = self.flow.calibrate(float)?;
        let (graph, done) = calibrated.folding.quantize(&calibrated.record)?;
        let metric = number(
            self.evaluator
                .evaluate(&graph, &done.outputs(self.flow.outputs))?,
        )?;
        self.known.probes.insert(key, metric);
        (self.keep)(&self.known)?;
        Ok(metric)
    }
}

fn number(metric: f64) -> Result<f64> {
    if metric.is_finite() {
        return Ok(metric);
    }
    let problem = Problem::Invalid(format!("the metric is {metric}"));
    Err(Error::new("evaluator", problem, "it must give a finite number"))
}

impl Probe for State<'_> {
    fn measure(&mut self, rolled_back: &[&str]) -> Result<f64> {
        self.metric(rolled_back)
    }

    fn judge(&mut self, original: f64, new: f64) -> (bool, f64) {
        self.evaluator.judge(original, new)
    }

    fn say(&mut self, line: &str) {
        (self.say)(line);
    }
}
