//! The golden tree: writing it, and checking that it is what the oracle makes.

use std::path::Path;
use std::{fmt, fs, io};

use quant_case::checkpoint::STAGE;
use quant_case::compare::{Strictness, compare};
use quant_case::golden::{self, Tensor as Golden};
use quant_case::layout::Layout;
use quant_case::list::Row;
use quant_case::{Case, Stage, lists};

use crate::checkpoint;

/// What writing or checking found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows of the lists.
    pub rows: usize,
    /// Golden files looked at.
    pub files: usize,
    /// Golden files written.
    pub written: usize,
    /// Goldens that are not what the oracle makes, one entry each.
    pub differences: Vec<String>,
    /// What is wrong with lists, recipes, inputs and configurations, one entry each.
    pub problems: Vec<String>,
    /// Files that cannot be written, one entry each.
    pub unwritten: Vec<String>,
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
        {
            writeln!(f, "{line}")?;
        }
        write!(
            f,
            "goldens: {} rows, {} files, {} written, {} differ, {} problems",
            self.rows,
            self.files,
            self.written,
            self.differences.len(),
            self.problems.len() + self.unwritten.len()
        )
    }
}

/// Recomputes every golden of the lists below `root` and compares.
pub fn check(root: &Path) -> Report {
    walk(root, |path, stage, golden, report| {
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
pub fn write(root: &Path) -> Report {
    walk(root, |path, _, golden, report| {
        let text = golden::to_json(golden);
        if fs::read_to_string(path).is_ok_and(|old| old == text) {
            return;
        }
        match write_beside(path, &text) {
            Ok(()) => report.written += 1,
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

fn walk(root: &Path, visit: Visit) -> Report {
    let layout = Layout::new(root);
    let lists = lists::read(root);
    let mut report = Report {
        rows: lists.rows.len() + lists.checkpoints.len(),
        problems: lists.errors,
        ..Report::default()
    };
    for (row, place) in &lists.rows {
        if let Err(error) = self::row(&layout, row, visit, &mut report) {
            report.problems.push(format!("{place}: {row}: {error}"));
        }
    }
    for (row, place) in &lists.checkpoints {
        match checkpoint::compute(root, row) {
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

fn row(layout: &Layout, row: &Row, visit: Visit, report: &mut Report) -> Result<(), String> {
    let case = Case::load(layout, row)?;
    let wide = |value: Vec<f32>| value.into_iter().map(f64::from).collect();
    let inputs = case.numbers()?.into_iter();
    let inputs: Vec<_> = inputs
        .map(|record| record.into_iter().map(wide).collect())
        .collect();
    for stage in row.stages(&case.recipe) {
        for (name, golden) in crate::compute(&case.recipe, &inputs, row, stage, case.qconf.as_ref())? {
            report.files += 1;
            visit(&layout.golden(row, stage, &name), stage, &golden, report);
        }
    }
    Ok(())
}
