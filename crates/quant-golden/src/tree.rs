//! The golden tree: writing it, and checking that it is what the oracle makes.

use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use quant_case::checkpoint::STAGE;
use quant_case::compare::{Strictness, compare};
use quant_case::golden::{self, Tensor as Golden};
use quant_case::layout::Layout;
use quant_case::row::Row;
use quant_case::{Case, Stage, Words, expected, lists, uses};

use crate::{amct, checkpoint};

/// What writing or checking found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows of the lists.
    pub rows: usize,
    /// Golden files looked at.
    pub files: usize,
    /// Golden files written.
    pub written: Vec<PathBuf>,
    /// Goldens that the oracle does not know how to make, one entry a row and stage.
    pub foreign: Vec<String>,
    /// Goldens that are not what the oracle makes, one entry each.
    pub differences: Vec<String>,
    /// What is wrong with lists, recipes, inputs and configurations, one entry each.
    pub problems: Vec<String>,
    /// Files that cannot be written, one entry each.
    pub unwritten: Vec<String>,
}

/// Which rows are looked at.
#[derive(Clone, Debug, Default)]
pub struct Selection {
    /// The words of the package's own.
    pub words: Words,
    /// Parts of rows, or of names of tests, as `cargo test` takes them; all rows when there is none.
    pub filters: Vec<String>,
}

impl Selection {
    /// Whether a row, whose test has this name, is looked at.
    pub fn takes(&self, row: &str, test: &str) -> bool {
        let named = |filter: &String| row.contains(filter.as_str()) || test.contains(filter.as_str());
        self.filters.is_empty() || self.filters.iter().any(named)
    }
}

impl Report {
    /// Whether nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.differences.is_empty() && self.problems.is_empty() && self.unwritten.is_empty()
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in self
            .problems
            .iter()
            .chain(&self.unwritten)
            .chain(&self.differences)
            .chain(&self.foreign)
        {
            writeln!(f, "{line}")?;
        }
        for path in &self.written {
            writeln!(f, "{}: written", path.display())?;
        }
        write!(
            f,
            "goldens: {} rows, {} files, {} written, {} differ, {} problems",
            self.rows,
            self.files,
            self.written.len(),
            self.differences.len(),
            self.problems.len() + self.unwritten.len()
        )
    }
}

/// Recomputes every golden of the lists below `root` and compares.
pub fn check(root: &Path, selection: &Selection) -> Report {
    walk(root, selection, |path, stage, golden, report| {
        let difference = match fs::read_to_string(path)
            .map_err(|e| e.to_string())
            .and_then(|text| golden::parse(&text))
        {
            Err(error) => error,
            Ok(found) => match compare(&found, golden, stage, Strictness::Exact) {
                comparison if comparison.passes() => return,
                comparison => {
                    format!("is not what the oracle makes (golden: the file, got: the oracle)\n{comparison}")
                }
            },
        };
        report
            .differences
            .push(format!("{}: {difference}", path.display()));
    })
}

/// Recomputes every golden and writes those that differ, beside their place first.
pub fn write(root: &Path, selection: &Selection) -> Report {
    walk(root, selection, |path, _, golden, report| {
        let text = golden::to_json(golden);
        if fs::read_to_string(path).is_ok_and(|old| old == text) {
            return;
        }
        match write_beside(path, &text) {
            Ok(()) => report.written.push(path.to_owned()),
            Err(error) => report
                .unwritten
                .push(format!("{}: {error}; check the path", path.display())),
        }
    })
}

fn write_beside(path: &Path, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("json.tmp");
    fs::write(&beside, text)?;
    fs::rename(&beside, path)
}

type Visit = fn(&Path, Stage, &Golden, &mut Report);

fn walk(root: &Path, selection: &Selection, visit: Visit) -> Report {
    let layout = Layout::new(root);
    let lists = lists::read(root, &selection.words);
    let mut report = Report {
        problems: lists.errors,
        ..Report::default()
    };
    for (row, place) in &lists.rows {
        if let Err(error) = self::row(&layout, (row, place), selection, visit, &mut report) {
            report.problems.push(format!("{place}: {row}: {error}"));
        }
    }
    for (row, place) in &lists.checkpoints {
        if !selection.takes(&row.to_string(), &row.test_name()) {
            continue;
        }
        report.rows += 1;
        let goldens = if row.device.is_ascend() {
            amct::compute(root, row)
        } else {
            checkpoint::compute(root, row)
        };
        match goldens {
            Err(error) => report.problems.push(format!("{place}: {row}: {error}")),
            Ok(goldens) => {
                for (name, golden) in goldens {
                    report.files += 1;
                    visit(&row.golden(root, &name), STAGE, &golden, &mut report);
                }
            }
        }
    }
    report
}

fn row(
    layout: &Layout,
    (row, place): (&Row, &str),
    selection: &Selection,
    visit: Visit,
    report: &mut Report,
) -> Result<(), String> {
    let text = row.to_string();
    // Without a filter, what is wrong with a row is told whatever it is.
    let may_fit = selection.takes(&text, "")
        || Stage::ALL
            .iter()
            .chain(&row.declared)
            .chain([&Stage::Calibration, &Stage::Remedies])
            .any(|stage| selection.takes(&text, &row.test_name(*stage)));
    if !may_fit {
        return Ok(());
    }
    let case = Case::load(layout, row)?;
    let stages = row.stages(&case.recipe).into_iter();
    let stages: Vec<Stage> = stages
        .filter(|stage| selection.takes(&text, &row.test_name(*stage)))
        .collect();
    report.rows += usize::from(!stages.is_empty() || selection.filters.is_empty());
    if selection.words.is_foreign() && !row.is_ones() {
        report.foreign.push(format!("{place}: {row}: its words are the package's own, of which the oracle makes no goldens; accept the quantizer's with `cargo insta test --review`"));
    }
    let wide = |value: Vec<f32>| value.into_iter().map(f64::from).collect();
    let mut inputs: Option<Vec<Vec<Vec<f64>>>> = None;
    for stage in stages {
        let why = if expected::is_open(case.is_outline, stage) {
            Some("which tensors it has is known of its goldens alone")
        } else if !row.kind.is_foreign() && row.setting().is_err() {
            Some("its words are the package's own")
        } else {
            None
        };
        if let Some(why) = why {
            report.foreign.push(format!(
                "{place}: {row} {stage}: {why}, of which the oracle makes no goldens; accept the quantizer's with `cargo insta test --review`"
            ));
            continue;
        }
        let inputs = match &mut inputs {
            Some(inputs) => inputs,
            none => none.insert(
                case.numbers()?
                    .into_iter()
                    .map(|record| record.into_iter().map(wide).collect())
                    .collect(),
            ),
        };
        let goldens = crate::compute(&case.recipe, inputs, row, stage, case.qconf.as_ref())?;
        for (name, golden) in &goldens {
            report.files += 1;
            visit(&layout.golden(row, stage, name), stage, golden, report);
        }
        for tensor in uses::uses(&case.recipe, stage, row.kind) {
            let path = layout.golden(row, stage, &tensor.name);
            if path.exists() && goldens.iter().all(|(name, _)| *name != tensor.name) {
                let what = "this use reads what its tensor's golden says; remove the file";
                report.differences.push(format!("{}: {what}", path.display()));
            }
        }
    }
    Ok(())
}
