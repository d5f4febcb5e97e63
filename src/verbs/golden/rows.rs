//! `golden list`: the rows that the lists stand for.

use std::fmt::Write;
use std::path::Path;

use quant_case::layout::Layout;
use quant_case::row::Row;
use quant_case::{Stage, lists, model};
use quant_golden::Selection;
use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::json::Json;

/// Shows the rows that are selected, each with its place, its tests and its attributes.
pub(super) fn show(root: &Path, selection: &Selection, json: &Json) -> Result {
    let layout = Layout::new(root);
    let lists = lists::read(root, &selection.words);
    let mut problems = lists.errors;
    let mut shown = Shown::default();
    for (row, place) in &lists.rows {
        match stages(&layout, row) {
            Ok(stages) => shown.model(row, place, &stages, selection),
            Err(what) => problems.push(format!("{place}: {row}: {what}")),
        }
    }
    for (row, place) in &lists.checkpoints {
        let test = row.test_name();
        if selection.takes(&row.to_string(), &test) {
            shown.add(place, &row.to_string(), &[test], &row.attributes.to_string());
            shown.ignored += usize::from(row.attributes.ignore.is_some());
            shown.fail += usize::from(row.attributes.fails.is_some());
        }
    }
    if shown.rows.is_empty() && problems.is_empty() {
        return Err(none_fits(&selection.filters));
    }
    for problem in &problems {
        let _ = writeln!(shown.text, "{problem}");
    }
    let (rows, tests) = (shown.rows.len(), shown.tests);
    let _ = writeln!(
        shown.text,
        "{rows} rows, {tests} tests, {} ignored, {} that fail, {} problems",
        shown.ignored,
        shown.fail,
        problems.len()
    );
    json.print(&shown.text)?;
    json.write("golden", || {
        json!({
            "root": root.display().to_string(),
            "rows": shown.rows,
            "tests": tests,
            "ignored": shown.ignored,
            "fail": shown.fail,
            "problems": problems,
        })
    })?;
    match problems.len() {
        0 => Ok(()),
        count => Err(Failure::Invalid(format!(
            "{count} problems with lists and trees; see above"
        ))),
    }
}

fn stages(layout: &Layout, row: &Row) -> std::result::Result<Vec<Stage>, String> {
    match model::load(layout, row) {
        Ok(model) => Ok(row.stages(&model.recipe)),
        Err(error) if error.is_missing => Err(format!(
            "{} is missing; write the {}, or remove the row",
            error.path.display(),
            error.noun()
        )),
        Err(error) => Err(format!("{}{}", error.path.display(), error.what)),
    }
}

/// What is shown, as text and for programs.
#[derive(Default)]
struct Shown {
    text: String,
    rows: Vec<Value>,
    tests: usize,
    ignored: usize,
    fail: usize,
}

impl Shown {
    fn model(&mut self, row: &Row, place: &str, stages: &[Stage], selection: &Selection) {
        let text = row.to_string();
        let names = stages.iter().map(|stage| row.test_name(*stage));
        let names: Vec<String> = names.filter(|name| selection.takes(&text, name)).collect();
        if names.is_empty() && !selection.takes(&text, "") {
            return;
        }
        self.ignored += if row.attributes.ignore.is_some() {
            names.len()
        } else {
            0
        };
        self.fail += if row.attributes.fails.is_some() {
            names.len()
        } else {
            0
        };
        self.add(place, &text, &names, &row.attributes.to_string());
    }

    fn add(&mut self, place: &str, row: &str, tests: &[String], attributes: &str) {
        let line = format!("{place}: {row} {attributes}");
        let _ = writeln!(self.text, "{}", line.trim_end());
        for test in tests {
            let _ = writeln!(self.text, "  {test}");
        }
        self.tests += tests.len();
        self.rows.push(json!({
            "place": place,
            "row": row,
            "tests": tests,
            "attributes": attributes,
        }));
    }
}

/// No row fits the filters.
pub(super) fn none_fits(filters: &[String]) -> Failure {
    Failure::Invalid(format!(
        "no row has `{}` in it; `quant golden list` shows them all",
        filters.join("` or `")
    ))
}
