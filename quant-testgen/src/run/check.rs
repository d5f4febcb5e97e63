//! One case from its files to the verdict.

use std::env;
use std::fmt::Write;
use std::path::Path;

use quant_case::expected::{self, Expected};
use quant_case::golden::{self, Tensor};
use quant_case::layout::Layout;
use quant_case::list::{Row, RowKind};
use quant_case::{Granularity, QuantType, Stage};

use super::outcome::Outcome;
use super::{Accept, Case, Dump, Pending, blame, quiet};
use crate::fingerprint::fingerprint;

/// Which case a test runs.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct CaseId<'a> {
    pub root: &'a str,
    pub model: &'a str,
    pub config: bool,
    pub granularity: Granularity,
    pub dtype: QuantType,
    pub stage: Stage,
}

/// Runs the case. What is wrong, in words for a person, is the error.
///
/// # Errors
/// A tensor differs from its golden, or the case cannot be run.
pub fn check(
    id: &CaseId<'_>,
    quantizer: fn(&Case) -> Result<Dump, String>,
    accept: Accept,
) -> Result<(), String> {
    let row = row(id);
    let name = format!("{row} {}", id.stage);
    run(id, &row, quantizer, accept).map_err(|what| format!("{name}: {what}"))
}

fn run(
    id: &CaseId<'_>,
    row: &Row,
    quantizer: fn(&Case) -> Result<Dump, String>,
    accept: Accept,
) -> Result<(), String> {
    let (layout, stage) = (Layout::new(id.root), id.stage);
    let case = Case::load(&layout, row)?;
    let tensors = expected::tensors(&case.recipe, stage, row, case.qconf.as_ref())?;
    if may_write() {
        for tensor in &tensors {
            pending(&layout, row, stage, tensor).tidy();
        }
    }
    let dump = quantizer(&case)?;
    if let Some((tensor, _)) = dump
        .iter()
        .find(|(name, _)| tensors.iter().all(|tensor| tensor.name != *name))
    {
        return Err(format!(
            "the quantizer makes a tensor `{tensor}` that this stage does not have; a {stage} has one for each {}",
            expected::what(stage)
        ));
    }
    let outcomes: Vec<Outcome<'_>> = tensors
        .iter()
        .map(|expected| Outcome::of(&layout, row, stage, expected, &dump))
        .collect();
    let failed: Vec<&Outcome<'_>> = outcomes.iter().filter(|outcome| !outcome.passes()).collect();
    let recipe = case.recipe.separated();
    let place = |outcome: &&Outcome<'_>| blame::place(&recipe, &outcome.expected.name);
    let Some(first) = failed.iter().map(place).min() else {
        return Ok(());
    };
    let verdict = format!(
        "{} of {} tensors differ; first in graph order: {}",
        failed.len(),
        outcomes.len(),
        first.shown
    );
    let offers = failed.iter().map(|outcome| {
        let what = format!("{row} {stage}, {}\n{}", place(outcome).shown, outcome.table());
        may_write() && offer(&layout, row, stage, outcome, &what, accept)
    });
    // All of them are offered, whatever becomes of the first.
    if offers.collect::<Vec<bool>>().into_iter().all(|accepted| accepted) {
        return Ok(());
    }
    let mut text = format!(
        "{verdict}\n  {:<20} {:>7} {:>7}  worst\n",
        "compared", "values", "out"
    );
    outcomes.iter().for_each(|outcome| text += &outcome.table());
    let way_out = if may_write() {
        "if the change is meant, accept it with `cargo insta review`"
    } else {
        "nothing was written: CI is set, or INSTA_UPDATE=no"
    };
    let _ = write!(text, "{verdict}; {way_out}");
    Err(text)
}

/// The generated test that looks whether lists and trees are those that the build has seen.
///
/// # Panics
/// When they are not.
pub fn seen(root: &str, seen: u64) {
    assert!(
        fingerprint(Path::new(root)) == seen,
        "lists or trees are not those that these tests were built from (files were moved with their old times, or \
         test.local.lst is new); run `touch test.lst` and build again"
    );
}

fn row(id: &CaseId<'_>) -> Row {
    let kind = match (id.config, id.stage) {
        (true, _) => RowKind::QConf,
        (false, Stage::WoQuantization) => RowKind::WeightsOnly,
        (false, _) => RowKind::Test,
    };
    Row {
        kind,
        model: id.model.to_owned(),
        granularity: id.granularity,
        dtype: id.dtype,
        line: 0,
    }
}

/// Whether files may be written at all. insta alone would write on CI when it is told to update.
fn may_write() -> bool {
    let ci = env::var_os("CI").is_some_and(|value| !value.is_empty());
    !ci && env::var("INSTA_UPDATE").as_deref() != Ok("no")
}

fn pending(layout: &Layout, row: &Row, stage: Stage, tensor: &Expected) -> Pending {
    Pending::new(&layout.root, &layout.golden(row, stage, &tensor.name))
}

/// Offers the new golden of a tensor to insta; whether insta lets the test go on.
fn offer(
    layout: &Layout,
    row: &Row,
    stage: Stage,
    outcome: &Outcome<'_>,
    description: &str,
    accept: Accept,
) -> bool {
    let Some(got) = outcome.got.as_ref().filter(|got| can_be_golden(got)) else {
        return false;
    };
    // insta takes a snapshot it has not seen as new and writes it at once; goldens are never new to us.
    let unseen = env::var("INSTA_UPDATE").as_deref() == Ok("unseen");
    if unseen && outcome.golden.is_some() {
        return false;
    }
    let pending = pending(layout, row, stage, outcome.expected);
    let pending = pending.offer(golden::to_json(got).into_bytes(), description);
    quiet::succeeds(|| accept(&pending))
}

/// Whether every value is a number; a golden cannot hold others.
fn can_be_golden(tensor: &Tensor) -> bool {
    golden::parse(&golden::to_json(tensor)).as_ref() == Ok(tensor)
}
