//! The golden tree: writing it, and checking that it is what the oracle makes.

use std::path::{Path, PathBuf};
use std::{fmt, fs, io};

use quant_case::compare::{Strictness, compare};
use quant_case::golden::{self, Tensor as Golden};
use quant_case::layout::Layout;
use quant_case::list::{self, Row, RowKind};
use quant_case::{Stage, qconf, recipe};

/// What writing or checking found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// Rows of the list.
    pub rows: usize,
    /// Golden files looked at.
    pub files: usize,
    /// Golden files written.
    pub written: usize,
    /// What is wrong, a line each.
    pub problems: Vec<String>,
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for problem in &self.problems {
            writeln!(f, "{problem}")?;
        }
        write!(
            f,
            "goldens: {} rows, {} files, {} written, {} problems",
            self.rows,
            self.files,
            self.written,
            self.problems.len()
        )
    }
}

/// Recomputes every golden of the list below `root` and compares.
///
/// # Errors
/// The list cannot be read. All else is in the report.
pub fn check(root: &Path) -> io::Result<Report> {
    walk(root, |layout, row, stage, name, golden, report| {
        let path = layout.golden(row, stage, name);
        let problem = match fs::read_to_string(&path)
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
        report.problems.push(format!("{}: {problem}", path.display()));
    })
}

/// Recomputes every golden and writes those that differ, beside their place first.
///
/// # Errors
/// The list cannot be read. All else is in the report.
pub fn write(root: &Path) -> io::Result<Report> {
    walk(root, |layout, row, stage, name, golden, report| {
        let path = layout.golden(row, stage, name);
        let text = golden::to_json(golden);
        if fs::read_to_string(&path).is_ok_and(|old| old == text) {
            return;
        }
        match write_beside(&path, &text) {
            Ok(()) => report.written += 1,
            Err(error) => report.problems.push(format!("{}: {error}", path.display())),
        }
    })
}

fn write_beside(path: &PathBuf, text: &str) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let beside = path.with_extension("json.tmp");
    fs::write(&beside, text)?;
    fs::rename(&beside, path)
}

type Visit = fn(&Layout, &Row, Stage, &str, &Golden, &mut Report);

fn walk(root: &Path, visit: Visit) -> io::Result<Report> {
    let layout = Layout::new(root);
    let place = layout.list();
    let text = fs::read_to_string(&place)
        .map_err(|e| io::Error::new(e.kind(), format!("{}: {e}", place.display())))?;
    let (rows, errors) = list::parse(&text);
    let mut report = Report {
        rows: rows.len(),
        ..Report::default()
    };
    report
        .problems
        .extend(errors.iter().map(|error| format!("{}:{error}", place.display())));
    for row in &rows {
        if let Err(error) = self::row(&layout, row, visit, &mut report) {
            report
                .problems
                .push(format!("{}:{}: {row}: {error}", place.display(), row.line));
        }
    }
    Ok(report)
}

fn row(layout: &Layout, row: &Row, visit: Visit, report: &mut Report) -> Result<(), String> {
    let read =
        |path: PathBuf| fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()));
    let recipe = recipe::parse(&read(layout.recipe(row))?).map_err(|error| error.to_string())?;
    let qconf = match row.kind {
        RowKind::QConf => Some(qconf::parse(&read(layout.qconf(row))?)?),
        _ => None,
    };
    let inputs = if row.kind == RowKind::WeightsOnly {
        Vec::new()
    } else {
        inputs(&layout.inputs(row))?
    };
    for stage in row.stages(&recipe) {
        for (name, golden) in crate::compute(&recipe, &inputs, row, stage, qconf.as_ref())? {
            report.files += 1;
            visit(layout, row, stage, &name, &golden, report);
        }
    }
    Ok(())
}

/// The records `0.txt`, `1.txt`, … of a folder.
fn inputs(folder: &Path) -> Result<Vec<Vec<Vec<f64>>>, String> {
    let mut records = Vec::new();
    while let Ok(text) = fs::read_to_string(folder.join(format!("{}.txt", records.len()))) {
        let line = |line: &str| {
            let words = line.split([',', ' ', '\t']).filter(|word| !word.is_empty());
            words
                .map(|word| {
                    word.parse::<f32>()
                        .map(f64::from)
                        .map_err(|e| format!("`{word}`: {e}"))
                })
                .collect::<Result<Vec<_>, _>>()
        };
        let lines = text.lines().filter(|text| !text.trim().is_empty());
        records.push(lines.map(line).collect::<Result<Vec<_>, _>>()?);
    }
    if records.is_empty() {
        return Err(format!(
            "{}: there is no 0.txt; write one record a file",
            folder.display()
        ));
    }
    Ok(records)
}
