//! Records a part of the records, or all of them, pass by pass, and goes on where it was stopped.

use std::ops;

use super::{Counted, Edges, Head, Job, Recording, of_model};
use crate::record::passes::{Passes, ends};
use crate::record::{AnyObserver, Mode, Overrides, RecordOptions, Recorded, Records, keeps_state};
use quant_ir::error::{Error, Problem, Result};
use quant_ir::{Model, TensorId};
use quant_kernel::Range;

/// Records a model.
pub struct Recorder<'a> {
    /// The model, without tensors of intermediate results.
    pub model: &'a Model,
    /// How, and on which data.
    pub job: Job,
    /// Which records.
    pub part: ops::Range<usize>,
    /// A first pass over all records, where the observer needs one and this is a part.
    pub edges: Option<&'a Recording>,
    /// What was recorded of this before.
    pub from: Option<Recording>,
    /// `save` is called behind so many records; never when it is 0.
    pub every: usize,
}

impl Recorder<'_> {
    /// Records. `save` is handed what there is, in between; `progress` is told each finished record of each pass.
    ///
    /// # Errors
    /// As [`super::super::run`]; a part of records that cannot be parted, or without the first pass that it needs; one that
    /// goes on from something else; those of `save`.
    pub fn run(
        mut self,
        records: &dyn Records,
        save: &mut dyn FnMut(&Recording) -> Result<()>,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Recording> {
        self.check()?;
        let from = self.from.take();
        let model = of_model(self.model)?;
        let head = |job: &Job, edges: Option<Edges>| Head {
            model,
            job: job.clone(),
            data: 0,
            edges,
        };
        if !self.job.options.needs_edges() {
            return self.pass(&head(&self.job, None), None, from, records, save, progress);
        }
        let first = head(&first_pass(&self.job), None);
        let own;
        let (edges, from) = match self.edges {
            Some(edges) => {
                first.same(&edges.head)?;
                (Some(edges), from)
            }
            None => match from {
                // The second pass had begun: its ends are in it.
                Some(from) if from.head.edges.is_some() => (None, Some(from)),
                from => {
                    own = self.pass(&first, None, from, records, save, progress)?;
                    (Some(&own), None)
                }
            },
        };
        let known = match (edges, &from) {
            (Some(edges), _) => Some(edges.as_edges()?),
            (None, from) => from.as_ref().and_then(|from| from.head.edges),
        };
        let done = self.pass(&head(&self.job, known), edges, from, records, save, progress)?;
        if done.is_complete() {
            done.finished()?;
        }
        Ok(done)
    }

    fn check(&self) -> Result<()> {
        let refused =
            |what: &str, hint: &str| Err(Error::new("recording", Problem::Conflict(what.to_owned()), hint));
        let whole = self.part == (0..self.job.records);
        if self.part.start >= self.part.end || self.part.end > self.job.records {
            return Err(Error::new(
                "records",
                Problem::NoRecords,
                "make as many parts as there are records, at most",
            ));
        }
        if (!whole || self.every > 0) && self.job.options.in_sequence() && keeps_state(self.model) {
            return refused(
                "the model's variables keep their values from record to record, so that parts are not the whole",
                "record all at once, without --shard and --resume",
            );
        }
        if !whole && self.job.options.needs_edges() && self.edges.is_none() {
            return refused(
                &format!("{} sees the records twice", self.job.options.mode),
                "record all parts with --observer minmax, merge them, and give the result with --edges",
            );
        }
        Ok(())
    }

    /// One pass.
    fn pass(
        &self,
        head: &Head,
        edges: Option<&Recording>,
        from: Option<Recording>,
        records: &dyn Records,
        save: &mut dyn FnMut(&Recording) -> Result<()>,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Recording> {
        let mut model = self.model.clone();
        let passes = Passes::new(&mut model, &head.job.options, head.job.records)?;
        let of_all = ends(&model, edges.map(|edges| &edges.recorded))?;
        let end = |id: TensorId| -> Option<Range> { of_all.get(id.0).copied().flatten() };
        let names = model.main().labels();
        let mut so_far = match from {
            Some(from) => {
                let matches = head.same(&from.head).is_ok()
                    && from.records().start == self.part.start
                    && from.records().end <= self.part.end
                    && from.names == names;
                if !matches {
                    return Err(Error::new(
                        "checkpoint",
                        Problem::Conflict("it is of another run".into()),
                        "remove it, or go on with the same model, data and options",
                    ));
                }
                from
            }
            None => Recording {
                head: head.clone(),
                names,
                recorded: Recorded::begin(&model, self.part.start, |id| {
                    passes.observer(id, self.part.start, end(id))
                }),
            },
        };
        (so_far.records().start..so_far.records().end).for_each(progress);
        let fresh: Vec<AnyObserver> = (0..so_far.names.len())
            .map(|index| so_far.again(&passes, TensorId(index)))
            .collect();
        let counted = Counted::new(records, so_far.head.data);
        let every = if self.every == 0 { usize::MAX } else { self.every };
        let Recording {
            mut head,
            names,
            mut recorded,
        } = so_far;
        let pass = passes.pass(&counted, self.part.clone(), progress);
        let observer = |id: TensorId| fresh[id.0].clone();
        pass.go_on(&model, &mut recorded, observer, every, &mut |recorded| {
            if self.every == 0 {
                return Ok(());
            }
            let mut head = head.clone();
            head.data = counted.sum();
            save(&Recording {
                head,
                names: names.clone(),
                recorded: recorded.clone(),
            })
        })?;
        head.data = counted.sum();
        so_far = Recording {
            head,
            names,
            recorded,
        };
        Ok(so_far)
    }
}

/// The first pass of two: all tensors' extremes.
fn first_pass(job: &Job) -> Job {
    Job {
        options: RecordOptions {
            mode: Mode::MinMax,
            overrides: Overrides::default(),
            like: Some(job.options.mode)
                .filter(|mode| mode.in_sequence())
                .or(job.options.like),
            ..job.options.clone()
        },
        ..job.clone()
    }
}
