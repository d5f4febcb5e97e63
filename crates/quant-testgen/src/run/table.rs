//! The tests as one table, run by libtest-mimic: for lists so long that a function for each row takes its time
//! to compile. Names and filters are those of the functions.

use std::process::ExitCode;

use libtest_mimic::{Arguments, Failed, Trial};
use quant_case::attributes::Attributes;
use quant_case::checkpoint::{Row, STAGE};
use quant_case::row::RowKind;
use quant_case::{Stage, Word};

use super::{Accept, Case, CaseId, Dump, Quantizer, check, quantizer, seen, together};
use crate::markers::{Exists, GranularityMarker, StageMarker, TypeMarker};

/// How the quantizer under test runs a stage.
pub type StageOf = (Stage, fn(&Case) -> Result<Dump, String>);

/// The stage `S` of the quantizer `Q`.
pub fn stage<Q: Quantizer<S>, S: StageMarker>() -> StageOf {
    (S::VALUE, quantizer::dump::<Q, S>)
}

/// How the quantizer under test does a checkpoint.
pub type CheckpointOf = fn(&str, &Row, Accept) -> Result<(), String>;

/// Compiles when granularity, type and stage go together.
pub const fn exists<G, T, S, W>()
where
    G: GranularityMarker + Exists<T, S, W>,
    T: TypeMarker,
    S: StageMarker,
{
}

/// Runs the cases of a manifest (see [`crate::HEADER`]), as the test harness would run functions.
pub fn main(
    root: &'static str,
    manifest: &'static str,
    stages: &'static [fn() -> StageOf],
    checkpoints: Option<CheckpointOf>,
    accept: Accept,
) -> ExitCode {
    let mut arguments = Arguments::from_args();
    // What the harness of functions takes and this one has no use for.
    arguments.nocapture = true;
    let mut trials = Vec::new();
    let mut ignored = Vec::new();
    for line in manifest.lines() {
        let fields: Vec<&str> = line.split('\t').collect();
        match *fields.as_slice() {
            ["seen", fingerprint] => {
                let fingerprint = fingerprint.parse().unwrap_or_default();
                trials.push(Trial::test("the_build_has_seen_these_files", move || {
                    seen(root, fingerprint);
                    Ok(())
                }));
            }
            [
                "case",
                module,
                model,
                kind,
                granularity,
                dtype,
                stage,
                ref rest @ ..,
            ] => {
                let extra = Extra::new(rest);
                let name = extra.name(&format!("{module}::{granularity}::{dtype}::{stage}"));
                let id = CaseId {
                    root,
                    model,
                    kind: RowKind::of_word(kind),
                    granularity: Word::new(granularity),
                    dtype: Word::new(dtype),
                    stage: match (kind, stage) {
                        ("tflite" | "onnx", "calibration") => Stage::Calibration,
                        ("tflite", "remedies") => Stage::Remedies,
                        _ => Stage::of(stage),
                    },
                    attributes: extra.attributes,
                };
                ignored.extend(extra.ignored(&name));
                let trial = Trial::test(name, move || {
                    let quantizer = stages
                        .iter()
                        .map(|stage| stage())
                        .find(|(stage, _)| *stage == id.stage);
                    let (_, quantizer) = quantizer.ok_or("no such stage")?;
                    check(&id, quantizer, accept).map_err(Failed::from)
                });
                trials.push(trial.with_ignored_flag(!extra.why.is_empty()));
            }
            ["checkpoint", module, name, device, method, ref rest @ ..] => {
                let extra = Extra::new(rest);
                let trial = extra.name(&format!("{module}::{device}::{method}::{STAGE}"));
                ignored.extend(extra.ignored(&trial));
                let trial = Trial::test(trial, move || {
                    let row = Row {
                        name: name.to_owned(),
                        device: word(device)?,
                        method: word(method)?,
                        attributes: Attributes::parse(extra.attributes)?,
                        line: 0,
                    };
                    let check = checkpoints.ok_or("the quantizer does no checkpoints")?;
                    check(root, &row, accept).map_err(Failed::from)
                });
                trials.push(trial.with_ignored_flag(!extra.why.is_empty()));
            }
            _ => {}
        }
    }
    let all = arguments.ignored || arguments.include_ignored || arguments.list;
    let conclusion = libtest_mimic::run(&arguments, trials);
    print!("{}", together::sum());
    print!("{}", together::attributes(if all { &[] } else { &ignored }));
    conclusion.exit_code()
}

/// What a row has beside its words.
#[derive(Clone, Copy, Default)]
struct Extra {
    why: &'static str,
    attributes: &'static str,
}

impl Extra {
    fn new(fields: &[&'static str]) -> Self {
        match *fields {
            [_, why, attributes] => Self { why, attributes },
            _ => Self::default(),
        }
    }

    /// The name of the test, with its tags.
    fn name(&self, name: &str) -> String {
        Attributes::parse(self.attributes)
            .map_or_else(|_| name.to_owned(), |attributes| attributes.named(name))
    }

    fn ignored(&self, name: &str) -> Option<String> {
        (!self.why.is_empty()).then(|| format!("{name}: {}", self.why))
    }
}

fn word<T: std::str::FromStr>(word: &str) -> Result<T, Failed>
where
    T::Err: std::fmt::Display,
{
    word.parse().map_err(|error| Failed::from(format!("{error}")))
}
