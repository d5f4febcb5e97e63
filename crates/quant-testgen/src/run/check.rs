//! One generated test: a case examined, its differences offered to insta.

use std::env;
use std::path::Path;

use quant_case::Stage;
use quant_case::attributes::Attributes;
use quant_case::expected::Expected;
use quant_case::golden::{self, Tensor};
use quant_case::layout::Layout;
use quant_case::row::{Row, RowKind};
use quant_case::tflite::RECIPE;

use super::examine::{CaseId, Examined, examine, load};
use super::outcome::Outcome;
use super::{Accept, Case, Dump, Pending, quiet, report, together};
use crate::fingerprint::fingerprint;

/// Runs the case. What is wrong, in words for a person, is the error.
///
/// # Errors
/// A tensor differs from its golden, or the case cannot be run; of a row that `fails`, that nothing differs.
pub fn check(
    id: &CaseId<'_>,
    quantizer: fn(&Case) -> Result<Dump, String>,
    accept: Accept,
) -> Result<(), String> {
    let (row, layout) = (row(id)?, Layout::new(id.root));
    let place = |what: String| format!("{row} {}: {what}", id.stage);
    let loaded = load(&layout, &row, id.stage);
    let examined = match loaded {
        Ok((case, tensors)) => {
            let tidy = |tensors: &[Expected]| {
                if may_write() {
                    tensors
                        .iter()
                        .for_each(|tensor| pending(&layout, &row, id.stage, tensor).tidy());
                }
            };
            examine(&layout, &case, id.stage, tensors, quantizer, &tidy)
        }
        Err(what) => {
            report::add_from_environment(&layout.root, &row, id.stage, &Err(what.clone()));
            return Err(place(what));
        }
    };
    report::add_from_environment(&layout.root, &row, id.stage, &examined);
    if let Some(why) = &row.attributes.fails {
        return fails(id, &row, &examined, why).map_err(place);
    }
    let examined = examined.map_err(place)?;
    let case = Offered {
        layout: &layout,
        row: &row,
        stage: id.stage,
        examined: &examined,
    };
    if let Some(verdict) = examined.verdict() {
        return case.differs(&verdict, accept).map_err(place);
    }
    let widened: usize = examined.outcomes.iter().map(Outcome::widened).sum();
    if widened > 0 {
        together::add_widened(&format!(
            "{row} {}: {widened} values, {}",
            id.stage, row.attributes
        ));
    }
    Ok(())
}

/// Whether a row that `fails` does so: by a difference, or because the quantizer refuses it.
fn fails(id: &CaseId<'_>, row: &Row, examined: &Result<Examined, String>, why: &str) -> Result<(), String> {
    let how = match examined {
        Err(what) => what.clone(),
        Ok(examined) if examined.outcomes.iter().any(Outcome::lacks_golden) => {
            let missing = examined.outcomes.iter().filter(|outcome| outcome.lacks_golden());
            let tables: String = missing.map(Outcome::table).collect();
            return Err(format!(
                "it cannot be seen whether this fails; write the right goldens first (`quant golden write`, or by hand)\n{tables}"
            ));
        }
        Ok(examined) => match examined.verdict() {
            Some(verdict) => verdict,
            None => {
                return Err(format!(
                    "it passes now: remove `fails` from its row, which says that it fails because of \"{why}\""
                ));
            }
        },
    };
    together::add_failing(&format!("{row} {}: {why}", id.stage));
    eprintln!("fails as its row says ({why}): {how}");
    Ok(())
}

/// What is compared, when something of it is offered to insta.
struct Offered<'a> {
    layout: &'a Layout,
    row: &'a Row,
    stage: Stage,
    examined: &'a Examined,
}

impl Offered<'_> {
    /// Offers each difference; without one that is left, the case passes.
    fn differs(&self, verdict: &str, accept: Accept) -> Result<(), String> {
        let examined = self.examined;
        // All of them are offered, whatever becomes of the first.
        let accepted: Vec<bool> = examined
            .failed()
            .map(|outcome| may_write() && self.offer(outcome, accept))
            .collect();
        if accepted.into_iter().all(|accepted| accepted) {
            return Ok(());
        }
        together::add(examined.blamed().unwrap_or_default());
        let hint = if may_write() {
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
        Err(format!("{text}{hint}"))
    }

    /// Offers the new golden of a tensor to insta; whether insta lets the test go on.
    fn offer(&self, outcome: &Outcome, accept: Accept) -> bool {
        let Some(got) = outcome.got.as_ref().filter(|got| can_be_golden(got)) else {
            return false;
        };
        // insta takes a snapshot it has not seen as new and writes it at once; goldens are never new to us.
        let unseen = env::var("INSTA_UPDATE").as_deref() == Ok("unseen");
        if unseen && outcome.golden.is_some() {
            return false;
        }
        let place = self.examined.place(outcome).shown;
        let description = format!("{} {}, {place}\n{}", self.row, self.stage, outcome.table());
        let pending = pending(self.layout, self.row, self.stage, &outcome.expected);
        let pending = pending.offer(golden::to_json(got).into_bytes(), &description);
        quiet::succeeds(|| accept(&pending))
    }
}

fn row(id: &CaseId<'_>) -> Result<Row, String> {
    let kind = match (id.kind, id.stage) {
        (RowKind::Test, Stage::WoQuantization) => RowKind::WeightsOnly,
        (RowKind::TFLite, _) if id.granularity == RECIPE => RowKind::Recipe,
        (kind, _) => kind,
    };
    Ok(Row {
        kind,
        model: id.model.to_owned(),
        granularity: id.granularity,
        dtype: id.dtype,
        declared: Vec::new(),
        attributes: Attributes::parse(id.attributes)?,
        line: 0,
    })
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

fn pending(layout: &Layout, row: &Row, stage: Stage, tensor: &Expected) -> Pending {
    Pending::new(&layout.root, &layout.golden(row, stage, &tensor.name))
}

/// Whether every value is a number; a golden cannot hold others.
pub(super) fn can_be_golden(tensor: &Tensor) -> bool {
    golden::parse(&golden::to_json(tensor)).as_ref() == Ok(tensor)
}
