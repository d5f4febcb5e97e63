//! One generated test: a case examined, its differences offered to insta.

use std::env;
use std::path::Path;

use quant_case::Stage;
use quant_case::expected::Expected;
use quant_case::golden::{self, Tensor};
use quant_case::layout::Layout;
use quant_case::list::{Row, RowKind};

use super::examine::{CaseId, Examined, examine, load};
use super::outcome::Outcome;
use super::{Accept, Case, Dump, Pending, quiet, report, together};
use crate::fingerprint::fingerprint;

/// Runs the case. What is wrong, in words for a person, is the error.
///
/// # Errors
/// A tensor differs from its golden, or the case cannot be run.
pub fn check(
    id: &CaseId<'_>,
    quantizer: fn(&Case) -> Result<Dump, String>,
    accept: Accept,
) -> Result<(), String> {
    let (row, layout) = (row(id), Layout::new(id.root));
    let examined = load(&layout, &row, id.stage).and_then(|(case, tensors)| {
        if may_write() {
            tensors
                .iter()
                .for_each(|tensor| pending(&layout, id, tensor).tidy());
        }
        examine(&layout, &case, id.stage, tensors, quantizer)
    });
    report::add_from_environment(&layout.root, &row, id.stage, &examined);
    let verdict = examined.and_then(|examined| match examined.verdict() {
        Some(verdict) => differs(&layout, id, &examined, &verdict, accept),
        None => Ok(()),
    });
    verdict.map_err(|what| format!("{row} {}: {what}", id.stage))
}

/// Offers each difference; without one that is left, the case passes.
fn differs(
    layout: &Layout,
    id: &CaseId<'_>,
    examined: &Examined,
    verdict: &str,
    accept: Accept,
) -> Result<(), String> {
    // All of them are offered, whatever becomes of the first.
    let accepted: Vec<bool> = examined
        .failed()
        .map(|outcome| may_write() && offer(layout, id, outcome, &description(id, examined, outcome), accept))
        .collect();
    if accepted.into_iter().all(|accepted| accepted) {
        return Ok(());
    }
    together::add(examined.blamed().unwrap_or_default());
    let way_out = if may_write() {
        "if the change is meant, accept it with `cargo insta review`"
    } else {
        "nothing was written: CI is set, or INSTA_UPDATE=no"
    };
    let mut text = format!(
        "{verdict}\n  {:<20} {:>7} {:>7}  worst\n",
        "compared", "values", "out"
    );
    examined
        .outcomes
        .iter()
        .for_each(|outcome| text += &outcome.table());
    Err(format!("{text}{way_out}"))
}

/// What insta shows of one difference.
fn description(id: &CaseId<'_>, examined: &Examined, outcome: &Outcome) -> String {
    let place = examined.place(outcome).shown;
    format!("{} {}, {place}\n{}", row(id), id.stage, outcome.table())
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

/// The generated test that looks whether lists and trees are those that the build has seen.
///
/// # Panics
/// When they are not.
pub fn seen(root: &str, seen: u64) {
    if fingerprint(Path::new(root)) != seen {
        quiet::fail(
            "lists or trees are not those that these tests were built from (files were moved with their old times, or \
             test.local.lst is new); run `touch test.lst` and build again",
        );
    }
}

/// Whether files may be written at all. insta alone would write on CI when it is told to update.
pub(super) fn may_write() -> bool {
    let ci = env::var_os("CI").is_some_and(|value| !value.is_empty());
    !ci && env::var("INSTA_UPDATE").as_deref() != Ok("no")
}

fn pending(layout: &Layout, id: &CaseId<'_>, tensor: &Expected) -> Pending {
    Pending::new(&layout.root, &layout.golden(&row(id), id.stage, &tensor.name))
}

/// Offers the new golden of a tensor to insta; whether insta lets the test go on.
fn offer(layout: &Layout, id: &CaseId<'_>, outcome: &Outcome, description: &str, accept: Accept) -> bool {
    let Some(got) = outcome.got.as_ref().filter(|got| can_be_golden(got)) else {
        return false;
    };
    // insta takes a snapshot it has not seen as new and writes it at once; goldens are never new to us.
    let unseen = env::var("INSTA_UPDATE").as_deref() == Ok("unseen");
    if unseen && outcome.golden.is_some() {
        return false;
    }
    let pending = pending(layout, id, &outcome.expected);
    let pending = pending.offer(golden::to_json(got).into_bytes(), description);
    quiet::succeeds(|| accept(&pending))
}

/// Whether every value is a number; a golden cannot hold others.
pub(super) fn can_be_golden(tensor: &Tensor) -> bool {
    golden::parse(&golden::to_json(tensor)).as_ref() == Ok(tensor)
}
