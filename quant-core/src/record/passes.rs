//! The passes over the records that a mode needs.

use std::ops;

use super::{AnyObserver, Mode, Observer, Overrides, Pass, RecordOptions, Recorded, Records, Rule};
use crate::scheme::tflite::common::intermediates;
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{Model, TensorId};
use quant_kernel::Range;

/// How a model is recorded: options, with what single tensors get.
pub(crate) struct Passes<'a> {
    options: &'a RecordOptions,
    /// Of all records, where a part is recorded.
    records: usize,
    /// By the tensor's index in the main graph.
    rules: Vec<Option<Rule>>,
}

impl<'a> Passes<'a> {
    /// Of a model that is recorded on so many records in all. It gets the tensors of intermediate results first, where they
    /// are to be seen.
    pub fn new(model: &mut Model, options: &'a RecordOptions, records: usize) -> Result<Self> {
        options.mode.check()?;
        if options.with_intermediates() {
            intermediates::add(model)?;
        }
        let rules = if options.overrides.is_empty() {
            vec![None; model.main().tensors().len()]
        } else {
            Overrides::of(&options.overrides, model)?
        };
        Ok(Self {
            options,
            records,
            rules,
        })
    }

    /// The observer of a tensor, whose state begins with the record `first`.
    pub fn observer(&self, tensor: TensorId, first: usize, edges: Option<Range>) -> AnyObserver {
        match self.rules.get(tensor.0) {
            Some(Some(Rule::Range(range))) => AnyObserver::Fixed(*range),
            _ => AnyObserver::new(self.mode(tensor), first, self.records, edges),
        }
    }

    /// The mode of a tensor.
    pub fn mode(&self, tensor: TensorId) -> Mode {
        match self.rules.get(tensor.0) {
            Some(Some(Rule::Observer(mode))) => *mode,
            _ => self.options.mode,
        }
    }

    /// A pass over a part of the records.
    pub fn pass<'p>(
        &self,
        records: &'p dyn Records,
        part: ops::Range<usize>,
        progress: &'p (dyn Fn(usize) + Sync),
    ) -> Pass<'p> {
        Pass {
            records,
            part,
            threads: self.options.threads,
            lowest: self.options.lowest,
            floats: self.options.floats,
            sequence: self.options.in_sequence(),
            progress,
        }
    }

    /// The first pass: the extremes of every tensor.
    pub fn edges(
        &self,
        model: &Model,
        records: &dyn Records,
        part: ops::Range<usize>,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Recorded<AnyObserver>> {
        let edges = |_| AnyObserver::new(Mode::MinMax, 0, self.records, None);
        self.pass(records, part, progress).run(model, edges)
    }

    /// The last pass, with the extremes that the first one found.
    pub fn run(
        &self,
        model: &Model,
        records: &dyn Records,
        part: ops::Range<usize>,
        edges: Option<&Recorded<AnyObserver>>,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Recorded<AnyObserver>> {
        let first = part.start;
        let edges = ends(model, edges)?;
        let observer = |id: TensorId| self.observer(id, first, edges.get(id.0).copied().flatten());
        self.pass(records, part, progress).run(model, observer)
    }
}

/// The extremes of each tensor, from the first pass.
pub(crate) fn ends(model: &Model, edges: Option<&Recorded<AnyObserver>>) -> Result<Vec<Option<Range>>> {
    let Some(edges) = edges else {
        return Ok(Vec::new());
    };
    let tensors = model.main().tensors().iter().enumerate();
    let end = |(index, tensor): (usize, &quant_ir::Tensor)| {
        let range = edges.observer(TensorId(index)).and_then(Observer::range);
        match range {
            Some(range) if !(range.min.is_finite() && range.max.is_finite()) => Err(Error::new(
                Place::tensor("activation", &tensor.name).numbered(index),
                Problem::UnboundedRange {
                    min: range.min,
                    max: range.max,
                },
                "a histogram needs finite ends; check the model for divisions by zero and overflow",
            )),
            range => Ok(range),
        }
    };
    tensors.map(end).collect()
}
