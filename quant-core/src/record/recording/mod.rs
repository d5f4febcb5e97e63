//! Recordings that can be kept: what was seen of which records of which model, as bytes; parts of one run become the one
//! run, to the byte.

mod bytes;
mod digest;
mod head;
mod recorder;

pub use digest::{Counted, Digest, of_bytes, of_model};
pub use head::{Edges, Head, Job};
pub use recorder::Recorder;

use std::ops;

use super::passes::Passes;
use super::{AnyObserver, Mode, Note, Observer, Recorded};
use quant_ir::error::{Error, Problem, Result};
use quant_ir::{Model, TensorId};
use quant_kernel::Range;

/// What observers keep of some or all records, and of which.
#[derive(Clone, Debug)]
pub struct Recording {
    head: Head,
    /// Of each tensor.
    names: Vec<String>,
    recorded: Recorded<AnyObserver>,
}

/// What is known of one tensor.
#[derive(Clone, Copy, Debug)]
pub struct Observed<'a> {
    /// Its name in the model.
    pub name: &'a str,
    /// What was kept.
    pub observer: &'a AnyObserver,
    /// How often it was seen.
    pub seen: usize,
    /// The range that comes of it.
    pub range: Range,
}

impl Recording {
    /// What it is of.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Which records were seen.
    pub fn records(&self) -> ops::Range<usize> {
        self.recorded.records()
    }

    /// Whether all records were seen.
    pub fn is_complete(&self) -> bool {
        self.records() == (0..self.head.job.records)
    }

    /// The tensors that were seen.
    pub fn tensors(&self) -> impl Iterator<Item = Observed<'_>> {
        let states = self.names.iter().zip(&self.recorded.tensors);
        states.filter_map(|(name, state)| {
            Some(Observed {
                name,
                observer: &state.observer,
                seen: state.farthest.seen(),
                range: state.observer.range()?,
            })
        })
    }

    /// Puts parts together, whatever their order: it is the recording of the one run over all records, to the byte.
    ///
    /// # Errors
    /// No part; parts of other models, data, observers or parameters; records that are in two parts or in none.
    pub fn merge(mut parts: Vec<Self>) -> Result<Self> {
        parts.sort_by_key(|part| (part.records().start, part.records().end));
        let mut parts = parts.into_iter();
        let mut whole = parts.next().ok_or_else(|| {
            Error::new(
                "recordings",
                Problem::Count("there are none".into()),
                "name the parts to merge",
            )
        })?;
        let refused =
            |problem: String, hint: &str| Err(Error::new("recordings", Problem::Conflict(problem), hint));
        let hint = "merge all parts of one run, each once";
        if whole.records().start > 0 {
            return refused(format!("no part has records 0…{}", whole.records().start), hint);
        }
        for part in parts {
            whole.head.same(&part.head)?;
            let (end, next) = (whole.records().end, part.records());
            if next.start < end {
                return refused(
                    format!("records {}…{} are in two parts", next.start, end.min(next.end)),
                    hint,
                );
            }
            if next.start > end {
                return refused(format!("no part has records {end}…{}", next.start), hint);
            }
            if whole.names != part.names {
                return refused(
                    "the tensors have other names".to_owned(),
                    "merge recordings of one model",
                );
            }
            for (state, later) in whole.recorded.tensors.iter().zip(&part.recorded.tensors) {
                state.observer.fits(&later.observer)?;
            }
            whole.recorded.merge(part.recorded)?;
            whole.head.data = whole.head.data.wrapping_add(part.head.data);
        }
        if !whole.is_complete() {
            let records = whole.head.job.records;
            return refused(
                format!("no part has records {}…{records}", whole.records().end),
                hint,
            );
        }
        whole.finished()?;
        Ok(whole)
    }

    /// Refuses a second pass over other data than the first.
    fn finished(&self) -> Result<()> {
        match &self.head.edges {
            Some(edges) if edges.data != self.head.data => Err(Error::new(
                "recordings",
                Problem::Conflict("the data is not that of the first pass".into()),
                "record both passes over the same data",
            )),
            _ => Ok(()),
        }
    }

    /// Stores the ranges in the model that was recorded, as [`super::run`] does. Behind it nothing tells whether they were
    /// recorded here.
    ///
    /// # Errors
    /// Another model; records that are missing; a range that no scale can hold. The model stays as it was.
    pub fn write(&self, model: &mut Model) -> Result<Vec<Note>> {
        if of_model(model)? != self.head.model {
            return Err(Error::new(
                "recording",
                Problem::Conflict("it is of another model".into()),
                "record this one; ONE's quantizer wants the model that `quant fake-quantize` writes with the same type and \
                 granularity recorded",
            ));
        }
        if !self.is_complete() {
            let (seen, all) = (self.records(), self.head.job.records);
            return Err(Error::new(
                "recording",
                Problem::Conflict(format!("it has records {}…{} of {all}", seen.start, seen.end)),
                "merge it with the others: `quant record --merge`",
            ));
        }
        let mut with = model.clone();
        Passes::new(&mut with, &self.head.job.options, self.head.job.records)?;
        let notes = self.recorded.write(&mut with)?;
        *model = with;
        Ok(notes)
    }

    /// What observers of a second pass need of this first one.
    ///
    /// # Errors
    /// It is no complete recording of minima and maxima.
    pub fn as_edges(&self) -> Result<Edges> {
        if self.head.job.options.mode != Mode::MinMax || !self.head.job.options.overrides.is_empty() {
            return Err(Error::new(
                "edges",
                Problem::Conflict(format!("the recording is of {}", self.head.job.options.mode)),
                "the first pass is recorded with --observer minmax, without overrides",
            ));
        }
        if !self.is_complete() {
            return Err(Error::new(
                "edges",
                Problem::Conflict("the recording lacks records".into()),
                "merge its parts: `quant record --merge`",
            ));
        }
        Ok(Edges {
            recording: of_bytes(&self.to_bytes()),
            data: self.head.data,
        })
    }

    /// The observer that goes on where a tensor's state is, with nothing seen.
    fn again(&self, passes: &Passes<'_>, id: TensorId) -> AnyObserver {
        let state = self.recorded.observer(id);
        let ends = match state {
            Some(AnyObserver::Entropy(state)) => Some(state.extremes()),
            Some(AnyObserver::SquaredError(state)) => Some(state.extremes()),
            _ => None,
        };
        passes.observer(id, self.records().start, ends)
    }
}

#[cfg(test)]
mod tests;
