//! `compare`: two models or dumps, tensor by tensor.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use quant_case::Stage;
use quant_case::compare::{Line, Problem, Report, Strictness, Words, compare};
use quant_case::golden::{self, Tensor};
use quant_core::dump;
use serde_json::{Value, json};

use crate::failure::{Failure, Result};
use crate::files;
use crate::json::Json;

/// What the table calls the two.
const WORDS: Words<'_> = Words {
    golden: "first",
    got: "second",
    weights: "values",
};

#[derive(clap::Args)]
pub struct Args {
    /// What is right: a model (.circle, .tflite, .recipe) or a dump (.json)
    a: PathBuf,
    /// What is looked at
    b: PathBuf,
    #[command(flatten)]
    json: Json,
}

/// The tensors of a model or of a dump.
struct Side {
    labels: Vec<String>,
    tensors: Vec<Tensor>,
    /// What is the same in two forms of a network, where numbers are not: the name, and how many tensors of that name
    /// stand before.
    keys: Vec<(String, usize)>,
    /// Whether shapes of activations are known; a dump has those of constants alone.
    shapes: bool,
}

pub fn run(args: &Args) -> Result {
    let (a, b) = (Side::load(&args.a)?, Side::load(&args.b)?);
    let (mut equal, mut differ) = (0, Vec::new());
    for ((key, label), left) in a.keys.iter().zip(&a.labels).zip(&a.tensors) {
        let Some(at) = b.keys.iter().position(|other| other == key) else {
            args.json
                .print(&format!("`{label}` is only in {}\n", args.a.display()))?;
            differ.push(json!({"name": label, "status": "only in first"}));
            continue;
        };
        let right = &b.tensors[at];
        let mut report = compare(left, right, Stage::Quantization, Strictness::Exact);
        if a.shapes && b.shapes {
            add_shape(&mut report, left, right);
        }
        if report.passes() {
            equal += 1;
        } else {
            if differ.is_empty() {
                args.json.print(&format!(
                    "first  {}\nsecond {}\n  {:<20} {:>7} {:>7}  worst\n",
                    args.a.display(),
                    args.b.display(),
                    "key",
                    "values",
                    "differ"
                ))?;
            }
            differ.push(json!({"name": label, "status": "differs", "keys": keys_of(&report)}));
            args.json
                .print(&format!("`{label}` differs\n{}", report.lines(&WORDS)))?;
        }
    }
    for (_, label) in b
        .keys
        .iter()
        .zip(&b.labels)
        .filter(|(key, _)| !a.keys.contains(key))
    {
        args.json
            .print(&format!("`{label}` is only in {}\n", args.b.display()))?;
        differ.push(json!({"name": label, "status": "only in second"}));
    }
    args.json.write("compare", || {
        json!({
            "first": args.a.display().to_string(),
            "second": args.b.display().to_string(),
            "equal": equal,
            "differ": differ,
        })
    })?;
    let differ = differ.len();
    if differ == 0 {
        return args
            .json
            .print(&format!("{equal} tensors are equal within tolerance\n"));
    }
    let shown = if args.json.is_printed() {
        "`differ`"
    } else {
        "the table above"
    };
    Err(Failure::Differs(format!(
        "{} and {}: {differ} of {} tensors differ; {shown} shows where",
        args.a.display(),
        args.b.display(),
        equal + differ
    )))
}

/// The lines of a tensor.
fn keys_of(report: &Report) -> Vec<Value> {
    let lines = report.lines.iter().map(|line| {
        let worst = line
            .worst
            .map(|(index, first, second)| json!({"index": index, "first": first, "second": second}));
        json!({
            "key": if line.key == "weights" { WORDS.weights } else { line.key },
            "values": line.count,
            "equal": line.equal,
            "differ": line.out,
            "worst": worst,
            "problem": line.problem.as_ref().map(|problem| problem.words(&WORDS)),
        })
    });
    lines.collect()
}

/// Adds a line when shapes differ and no values say so.
fn add_shape(report: &mut Report, a: &Tensor, b: &Tensor) {
    let said = a.weights.is_some() && b.weights.is_some();
    if a.shape != b.shape && !said {
        let shape = |tensor: &Tensor| format!("{:?}", tensor.shape);
        report.lines.push(Line {
            key: "shape",
            count: 1,
            equal: 0,
            out: 1,
            worst: None,
            problem: Some(Problem::Different(shape(b), shape(a))),
            own: None,
            widened: 0,
        });
    }
}

impl Side {
    fn load(path: &Path) -> Result<Self> {
        let is_model = files::extension(path) != "json";
        let tensors = if is_model {
            let model = files::read_model(path)?;
            dump::tensors(&model).map_err(|error| error.within(path.display()))?
        } else {
            let wrong = |what: String| {
                Failure::Invalid(format!(
                    "{}: {what}; write the dump again with `quant dump`",
                    path.display()
                ))
            };
            golden::parse_dump(&files::read_text(path)?).map_err(wrong)?
        };
        let (labels, tensors): (Vec<_>, Vec<_>) = tensors.into_iter().unzip();
        Ok(Self {
            keys: keys(&labels),
            labels,
            tensors,
            shapes: is_model,
        })
    }
}

/// Labels as names with ranks: `t`, `t#4` and `t#7` are the first, second and third `t`.
fn keys(labels: &[String]) -> Vec<(String, usize)> {
    let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
    let mut keys = Vec::with_capacity(labels.len());
    for label in labels {
        let numbered = |(name, number): &(&str, &str)| {
            let digits = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            digits && (name.is_empty() || seen.contains_key(name))
        };
        let name = label.rsplit_once('#').filter(numbered);
        let name = name.map_or(label.as_str(), |(name, _)| name);
        let rank = seen.entry(name).or_default();
        keys.push((name.to_owned(), *rank));
        *rank += 1;
    }
    keys
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_names_are_ranks() {
        let labels = ["t", "x#3", "t#2", "t#9", "#4", "#5", "t#x"].map(str::to_owned);
        let wanted = [
            ("t", 0),
            ("x#3", 0),
            ("t", 1),
            ("t", 2),
            ("", 0),
            ("", 1),
            ("t#x", 0),
        ];
        assert_eq!(keys(&labels), wanted.map(|(name, rank)| (name.to_owned(), rank)));
    }
}
