//! The last line of `run`: how good the model is, beside the float model, on what data; and what to do when it is not.

use std::fmt;

use quant_core::check::{Check, Output};
use quant_core::ir::head;
use quant_core::sensitivity::Layer;
use serde_json::{Value, json};

use crate::table::shortened;

/// From this ratio of signal to noise on, in decibels, an output is good: its error has a hundredth of its energy.
const GOOD_SQNR: f64 = 20.0;

/// How good a model is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Grade {
    /// Its outputs are the float model's.
    Exact,
    Good,
    /// Not far off, and not near.
    Fair,
    /// Far off, as [`Output::is_far`] says.
    Bad,
}

/// What is said of a model.
pub struct Verdict {
    grade: Option<Grade>,
    text: String,
}

/// What a verdict is made of.
pub struct Findings<'a> {
    /// The outputs of both models, unless nobody compared them.
    pub check: Option<&'a quant_core::Result<Check>>,
    /// The data, and how many records it has.
    pub data: Option<(String, usize)>,
    /// Whether ranges come from it.
    pub ranges: bool,
    /// Whether nothing was quantized.
    pub untouched: bool,
    /// Whether LiteRT, which the file is for, refuses it or computes it wrongly.
    pub unfit: bool,
    /// The layer that hurts most, where outputs are far off.
    pub worst: Option<&'a Layer>,
    /// What helps.
    pub next: String,
}

impl Verdict {
    /// What they say.
    pub fn of(findings: &Findings<'_>) -> Self {
        let unknown = |text: String| Self { grade: None, text };
        if findings.untouched {
            return unknown("nothing was quantized: every operator stays float".to_owned());
        }
        let check = match (findings.check, &findings.data) {
            (Some(Ok(check)), _) => check,
            (Some(Err(_)), _) => return unknown("not known: the outputs cannot be compared".to_owned()),
            (None, None) => {
                return unknown(
                    "not known: there is no data; --data compares it with the float model".to_owned(),
                );
            }
            (None, Some(_)) => {
                return unknown(
                    "not known; without --no-check it is compared with the float model".to_owned(),
                );
            }
        };
        let worst = check.outputs.iter().min_by(|a, b| rank(a).total_cmp(&rank(b)));
        let Some(worst) = worst else {
            return unknown("not known: it has no outputs".to_owned());
        };
        let grade = if check.is_far() {
            Grade::Bad
        } else if rank(worst) == f64::INFINITY {
            Grade::Exact
        } else if rank(worst) >= GOOD_SQNR {
            Grade::Good
        } else {
            Grade::Fair
        };
        let (data, all) = findings.data.clone().unwrap_or_default();
        let records = match check.records {
            ran if ran == all => format!("the {ran} records"),
            ran => format!("{ran} of the {all} records"),
        };
        let word = match grade {
            Grade::Exact | Grade::Good => "good",
            Grade::Fair => "fair",
            Grade::Bad => "bad",
        };
        let which = match check.outputs.len() {
            1 => String::new(),
            _ => format!("`{}` ", shortened(head(&worst.name))),
        };
        let ranges = if findings.ranges {
            " that ranges come from"
        } else {
            ""
        };
        let mut text = format!("{word}: {which}{worst} beside float, on {records} of {data}{ranges}");
        if grade == Grade::Bad && worst.errors.sqnr().is_some_and(f64::is_nan) {
            text += "; it holds values that are no numbers: look at the data, and at the float model";
        } else if grade == Grade::Bad {
            if let Some(layer) = findings.worst {
                text = text + "; most is lost in " + &named(layer);
            }
            text = text + "; " + &findings.next;
        } else if findings.unfit {
            text += "; but LiteRT does not run it right, as the warnings say";
        }
        Self {
            grade: Some(grade),
            text,
        }
    }

    /// It as JSON.
    pub fn json(&self) -> Value {
        let word = self.grade.map(|grade| match grade {
            Grade::Exact | Grade::Good => "good",
            Grade::Fair => "fair",
            Grade::Bad => "bad",
        });
        json!({"grade": word, "text": self.text})
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "verdict      {}", self.text)
    }
}

/// An output's SQNR; without signal and error it is exact. Classes that are mostly equal are good, whatever their numbers.
fn rank(output: &Output) -> f64 {
    match output.errors.sqnr() {
        Some(sqnr) if sqnr.is_nan() => f64::NEG_INFINITY,
        Some(sqnr) if !output.float && output.is_mostly_equal() => sqnr.max(GOOD_SQNR),
        Some(sqnr) => sqnr,
        None => f64::INFINITY,
    }
}

/// A layer by kind, name and number.
pub fn named(layer: &Layer) -> String {
    let name = shortened(head(&layer.name));
    match layer.operator {
        Some(operator) => format!("operator {operator}, {} `{name}`", layer.kind),
        None => format!("input `{name}`"),
    }
}

/// Quoted where a shell would take it apart.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-,:=".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
