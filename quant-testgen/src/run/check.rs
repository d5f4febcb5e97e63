//! One case from its files to the verdict.

use std::env;
use std::fmt::Write;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use quant_case::compare::{Report, Strictness, compare};
use quant_case::expected::{self, Expected};
use quant_case::golden::{self, Tensor};
use quant_case::layout::Layout;
use quant_case::list::{Row, RowKind};
use quant_case::{Granularity, QuantType, Stage};

use super::blame;
use super::{Accept, Case, Dump, Pending};
use crate::fingerprint::fingerprint;

/// Which case a test runs.
#[derive(Clone, Copy, Debug)]
#[allow(missing_docs)]
pub struct CaseId {
    pub root: &'static str,
    pub model: &'static str,
    pub config: bool,
    pub granularity: Granularity,
    pub dtype: QuantType,
    pub stage: Stage,
}

/// One tensor of the stage, compared.
struct Outcome<'a> {
    expected: &'a Expected,
    got: Option<Tensor>,
    /// The comparison, or why there is none.
    report: Result<Report, String>,
}

impl Outcome<'_> {
    fn passes(&self) -> bool {
        self.report
            .as_ref()
            .is_ok_and(|report| report.passes() && report.count() > 0)
    }

    fn table(&self) -> String {
        let verdict = if self.passes() {
            "equal within tolerance"
        } else {
            "DIFFERS"
        };
        let head = format!("`{}` {verdict}\n", self.expected.name);
        match &self.report {
            Ok(report) => format!("{head}{report}"),
            Err(what) => format!("{head}  {what}\n"),
        }
    }
}

/// Runs the case; see [`super::case`].
pub(super) fn run(id: &CaseId, quantizer: fn(&Case) -> Result<Dump, String>, accept: Accept) {
    let row = row(id);
    let name = format!("{row} {}", id.stage);
    let layout = Layout::new(id.root);
    let fail = |what: String| -> ! { panic!("{name}: {what}") };
    let case = Case::load(&layout, &row).unwrap_or_else(|what| fail(what));
    let tensors = expected::tensors(&case.recipe, id.stage, &row, case.qconf.as_ref());
    let tensors = tensors.unwrap_or_else(|what| fail(what));
    if may_write() {
        tensors
            .iter()
            .for_each(|tensor| pending(&layout, &row, id.stage, tensor).tidy());
    }
    let dump = quantizer(&case).unwrap_or_else(|what| fail(what));
    if let Some(tensor) = unexpected(&dump, &tensors, id.stage) {
        fail(format!(
            "the quantizer makes a tensor `{tensor}` that this stage does not have; which tensors it has is decided in quant_case::expected"
        ));
    }
    let outcomes: Vec<Outcome<'_>> = tensors
        .iter()
        .map(|expected| outcome(&layout, &row, id.stage, expected, &dump))
        .collect();
    let failed: Vec<&Outcome<'_>> = outcomes.iter().filter(|outcome| !outcome.passes()).collect();
    let recipe = case.recipe.separated();
    let Some(first) = failed
        .iter()
        .map(|outcome| blame::place(&recipe, &outcome.expected.name))
        .min()
    else {
        return;
    };
    let mut text = format!(
        "{name}\n  {:<20} {:>7} {:>7}  worst\n",
        "compared", "values", "out"
    );
    outcomes.iter().for_each(|outcome| text += &outcome.table());
    let verdict = format!(
        "{} of {} tensors differ; first in graph order: {}",
        failed.len(),
        outcomes.len(),
        first.shown
    );
    let _ = writeln!(text, "{name}: {verdict}");
    // One write, so that tables of tests on other threads do not mix with it.
    println!("{text}");
    let accepted = may_write() && {
        let offered: Vec<bool> = failed
            .iter()
            .map(|outcome| offer(&layout, &row, id.stage, outcome, &verdict, accept))
            .collect();
        offered.into_iter().all(|accepted| accepted)
    };
    if !accepted {
        fail(verdict);
    }
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

fn row(id: &CaseId) -> Row {
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

/// A tensor with the mark of the stage that is none of its tensors.
fn unexpected<'a>(dump: &'a Dump, tensors: &[Expected], stage: Stage) -> Option<&'a str> {
    let marked = |tensor: &Tensor| match stage {
        Stage::RecordMinmax => tensor.min.is_some() && tensor.weights.is_none(),
        _ => tensor.scale.is_some(),
    };
    dump.iter()
        .filter(|(_, tensor)| marked(tensor))
        .map(|(name, _)| name.as_str())
        .find(|name| tensors.iter().all(|tensor| tensor.name != *name))
}

fn outcome<'a>(layout: &Layout, row: &Row, stage: Stage, expected: &'a Expected, dump: &Dump) -> Outcome<'a> {
    let got = dump.iter().find(|(name, _)| *name == expected.name);
    let got = got.map(|(_, tensor)| expected.of(tensor));
    let path = layout.golden(row, stage, &expected.name);
    let golden = fs::read_to_string(&path)
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => "there is no golden yet".to_owned(),
            _ => error.to_string(),
        })
        .and_then(|text| golden::parse(&text));
    let report = match (&got, golden) {
        (None, _) => Err("the quantizer makes no such tensor".to_owned()),
        (_, Err(what)) => Err(format!(
            "{}: {what}; accept the new one with `cargo insta review`",
            path.display()
        )),
        (Some(got), Ok(golden)) => Ok(compare(&golden, got, stage, Strictness::Exact)),
    };
    Outcome {
        expected,
        got,
        report,
    }
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
    verdict: &str,
    accept: Accept,
) -> bool {
    let Some(got) = &outcome.got else {
        return false;
    };
    // insta takes a snapshot it has not seen as new and writes it at once; goldens are never new to us.
    let unseen = env::var("INSTA_UPDATE").as_deref() == Ok("unseen");
    if unseen && layout.golden(row, stage, &outcome.expected.name).exists() {
        return false;
    }
    let json = golden::to_json(got);
    if golden::parse(&json).as_ref() != Ok(got) {
        println!(
            "`{}` cannot be a golden: it has values that are no numbers",
            outcome.expected.name
        );
        return false;
    }
    let description = format!("{row} {stage}: {verdict}\n{}", outcome.table());
    let pending = pending(layout, row, stage, outcome.expected);
    let pending = pending.offer(json.into_bytes(), &description);
    catch_unwind(AssertUnwindSafe(|| accept(&pending))).is_ok()
}
