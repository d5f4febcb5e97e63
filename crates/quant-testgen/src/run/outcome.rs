//! One tensor of a stage, compared with its golden, and the words for it.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use quant_case::compare::{Report, Strictness, compare_within};
use quant_case::expected::Expected;
use quant_case::golden::{self, Tensor};
use quant_case::layout::Layout;
use quant_case::row::Row;
use quant_case::{Stage, expected};

use super::Dump;
use super::describe;

/// One tensor of the stage, compared.
pub(super) struct Outcome {
    pub expected: Expected,
    /// What the quantizer made.
    pub got: Option<Tensor>,
    /// The golden, when it can be read.
    pub golden: Option<Tensor>,
    /// The comparison, or why there is none.
    pub report: Result<Report, String>,
    /// Whether it is a golden of no tensor.
    pub is_left_over: bool,
}

impl Outcome {
    /// Looks a tensor up in what the quantizer made, and compares it.
    pub fn of(layout: &Layout, row: &Row, stage: Stage, expected: Expected, dump: &Dump) -> Self {
        let got = dump.iter().find(|(name, _)| *name == expected.name);
        let got = got.map(|(_, tensor)| expected.of(tensor));
        let path = layout.golden(row, stage, &expected.name);
        let golden = fs::read_to_string(&path)
            .map_err(|error| match error.kind() {
                ErrorKind::NotFound => "there is no golden yet".to_owned(),
                _ => error.to_string(),
            })
            .and_then(|text| golden::parse(&text));
        let report = match (&got, &golden) {
            (None, _) => Err(format!(
                "the quantizer makes no such tensor; a {stage} has one for each {}",
                expected::what(row.kind, stage)
            )),
            (_, Err(what)) => Err(format!("{}: {what}; accept the new one", path.display())),
            (Some(got), Ok(golden)) => {
                let own = |key: &str| row.attributes.tolerance(got, key);
                Ok(compare_within(golden, got, stage, Strictness::Exact, &own))
            }
        };
        Self {
            expected,
            got,
            golden: golden.ok(),
            report,
            is_left_over: false,
        }
    }

    /// A golden of no tensor that the quantizer makes.
    pub fn left_over(path: &Path) -> Self {
        let name = path.file_stem().unwrap_or_default().to_string_lossy();
        Self {
            expected: Expected::of_all_keys(&name),
            got: None,
            golden: None,
            report: Err(format!(
                "the quantizer makes no tensor that {} is the golden of; remove the file, or mend the quantizer",
                path.display()
            )),
            is_left_over: true,
        }
    }

    /// Whether there is nothing to compare with: no golden, or one that cannot be read.
    #[cfg(feature = "run")]
    pub fn lacks_golden(&self) -> bool {
        self.golden.is_none() && self.got.is_some()
    }

    /// How many values only the row's tolerances let pass.
    #[cfg(feature = "run")]
    pub fn widened(&self) -> usize {
        self.report.as_ref().map_or(0, Report::widened)
    }

    /// Whether every value is within tolerance, and there is one.
    pub fn passes(&self) -> bool {
        let report = self.report.as_ref();
        report.is_ok_and(|report| report.passes() && report.count() > 0)
    }

    /// One line for a tensor that passes; a table and what has changed for one that does not.
    pub fn table(&self) -> String {
        let name = &self.expected.name;
        match &self.report {
            Ok(report) if self.passes() => {
                let own = match report.widened() {
                    0 => String::new(),
                    count => format!(", {count} only within the row's own tolerance"),
                };
                format!(
                    "`{name}` equal within tolerance: {} values, {} to the last bit{own}\n",
                    report.count(),
                    report.equal()
                )
            }
            Ok(report) => format!("`{name}` DIFFERS\n{report}{}", self.change()),
            Err(what) => format!("`{name}` DIFFERS\n  {what}\n"),
        }
    }

    /// What has changed, in the terms of the field.
    pub fn change(&self) -> String {
        match (&self.golden, &self.got) {
            (Some(golden), Some(got)) => describe::change(golden, got),
            (None, Some(got)) => describe::new(got),
            _ => String::new(),
        }
    }
}
