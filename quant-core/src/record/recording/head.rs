//! What a recording is of: what must be equal in two parts of one run.

use super::Digest;
use crate::record::RecordOptions;
use quant_ir::error::{Error, Problem, Result};

/// What is recorded: how, and on which data.
#[derive(Clone, Debug, PartialEq)]
pub struct Job {
    /// How. Threads do not matter.
    pub options: RecordOptions,
    /// What the data is, in pairs of a key and a value: what must be equal where parts are recorded on different machines.
    pub data: Vec<(String, String)>,
    /// Records in all.
    pub records: usize,
}

/// The first pass, of a second one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edges {
    /// The digest of its recording.
    pub recording: Digest,
    /// The digest of its data.
    pub data: u128,
}

/// What a recording is of.
#[derive(Clone, Debug, PartialEq)]
pub struct Head {
    /// Of the model that ran.
    pub model: Digest,
    /// How, and on which data.
    pub job: Job,
    /// The digest of the records that were seen ([`super::Counted`]).
    pub data: u128,
    /// The first pass that histograms have their ends from.
    pub edges: Option<Edges>,
}

impl Head {
    /// Refuses what is of another run.
    ///
    /// # Errors
    /// What differs.
    pub fn same(&self, other: &Self) -> Result<()> {
        let (a, b) = (&self.job, &other.job);
        let options = |job: &Job| RecordOptions {
            threads: 1,
            ..job.options.clone()
        };
        let what = if self.model != other.model {
            "they are of two models".to_owned()
        } else if a.records != b.records {
            format!("one is of {} records in all, another of {}", a.records, b.records)
        } else if let Some(what) = data(a, b) {
            what
        } else if a.options.mode != b.options.mode {
            format!("one is of {}, another of {}", a.options.mode, b.options.mode)
        } else if options(a) != options(b) {
            "they were recorded with other options (--lowest, --kernels, --overrides or --scheme)".to_owned()
        } else if self.edges != other.edges {
            "they have the ends of their histograms from two first passes".to_owned()
        } else {
            return Ok(());
        };
        Err(Error::new(
            "recordings",
            Problem::Conflict(what),
            "merge parts of one run",
        ))
    }
}

/// How the data differs.
fn data(a: &Job, b: &Job) -> Option<String> {
    let keys = a.data.iter().chain(&b.data).map(|(key, _)| key);
    let value = |job: &Job, key: &str| {
        let found = job.data.iter().find(|(other, _)| other == key);
        found.map_or_else(|| "nothing".to_owned(), |(_, value)| format!("`{value}`"))
    };
    let differs = keys
        .map(|key| (key, value(a, key), value(b, key)))
        .find(|(_, a, b)| a != b);
    differs.map(|(key, a, b)| format!("they are of other data: {key} is {a} in one and {b} in another"))
}
