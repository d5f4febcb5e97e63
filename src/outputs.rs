//! The outputs of two models on the same records: their errors, and their bytes as files.

use std::path::Path;

use quant_core::Error;
use quant_core::ir::Model;
use quant_core::metrics::{self, Errors};
use quant_core::quantized::running::Running;
use quant_core::record::Records;
use quant_core::value::Value;

use crate::failure::{Failure, Result};
use crate::{files, progress};

/// A model that runs, its file, and its records.
pub struct Side<'a> {
    /// The file, for errors.
    pub path: &'a Path,
    /// The model as it runs.
    pub running: &'a Running,
    /// Its records.
    pub records: &'a dyn Records,
}

impl<'a> Side<'a> {
    fn runs(&self) -> metrics::Side<'a> {
        metrics::Side::of(self.running, self.records)
    }

    fn model(&self) -> &'a Model {
        &self.running.model
    }
}

/// Names (of `a`) and errors of the outputs, paired by their order. With `prefix`, every output of every record is
/// written as raw little-endian bytes: `PREFIX.RECORD.first.outputN`, `PREFIX.RECORD.second.outputN`.
pub fn compare(
    a: &Side<'_>,
    b: &Side<'_>,
    prefix: Option<&str>,
    threads: usize,
) -> Result<Vec<(String, Errors)>> {
    let (outputs_a, outputs_b) = (a.model().main().outputs(), b.model().main().outputs());
    if outputs_a.len() != outputs_b.len() {
        return Err(Failure::Invalid(format!(
            "{} has {} outputs, {} has {}; compare two forms of one network",
            a.path.display(),
            outputs_a.len(),
            b.path.display(),
            outputs_b.len()
        )));
    }
    let pairs: Vec<_> = outputs_a.iter().copied().zip(outputs_b.iter().copied()).collect();
    let bar = progress::bar("comparing", a.records.len());
    let seen = |index: usize, a: &[Option<Value>], b: &[Option<Value>]| {
        bar.inc(1);
        match prefix {
            Some(prefix) => dump(prefix, index, "first", a).and_then(|()| dump(prefix, index, "second", b)),
            None => Ok(()),
        }
    };
    let errors = metrics::compare(a.runs(), b.runs(), &pairs, threads, &seen);
    bar.finish_and_clear();
    let errors =
        errors.map_err(|error| error.within(format!("{} and {}", a.path.display(), b.path.display())))?;
    let labels = a.model().main().labels();
    let names = outputs_a.iter().map(|id| labels[id.0].clone());
    Ok(names.zip(errors).collect())
}

fn dump(prefix: &str, record: usize, which: &str, outputs: &[Option<Value>]) -> quant_core::Result<()> {
    for (number, value) in outputs.iter().enumerate() {
        let Some(value) = value else { continue };
        let path = format!("{prefix}.{record}.{which}.output{number}");
        files::write(Path::new(&path), &value.to_le_bytes())
            .map_err(|error| Error::io(String::new(), error.to_string(), ""))?;
    }
    Ok(())
}
