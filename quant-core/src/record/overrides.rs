//! Ranges and observers of single tensors, in place of those of all.

use std::str::FromStr;

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{DType, Model, TensorId};
use quant_kernel::Range;
use quant_types::json;
use regex_lite::Regex;
use serde_json::Value;

use super::Mode;

/// What single tensors get: a range, or an observer of their own.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overrides(Vec<(String, Rule)>);

/// What a tensor gets.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Rule {
    /// This range, whatever is recorded.
    Range(Range),
    /// What this observer finds.
    Observer(Mode),
}

impl Rule {
    /// One word for it: of a range the bits of its ends.
    pub(crate) fn word(&self) -> String {
        match self {
            Self::Range(range) => format!("{:08x}:{:08x}", range.min.to_bits(), range.max.to_bits()),
            Self::Observer(mode) => mode.to_string(),
        }
    }

    /// Reads back what [`Self::word`] gives.
    pub(crate) fn of_word(word: &str) -> Option<Self> {
        match word.split_once(':') {
            Some((min, max)) if min.len() == 8 && max.len() == 8 => {
                let end = |end| u32::from_str_radix(end, 16).ok().map(f32::from_bits);
                let (min, max) = (end(min)?, end(max)?);
                let fits = min.is_finite() && max.is_finite() && min <= max;
                fits.then_some(Self::Range(Range { min, max }))
            }
            _ => observer(word).ok().map(Self::Observer),
        }
    }
}

/// The way out of everything that is wrong with a value.
const HINT: &str = "write [MIN, MAX] or the word of an observer, as in \"percentile:99.9\"";

impl Overrides {
    /// Reads a JSON object of names of tensors, as `quant info` prints them, or `regex:EXPRESSION` for those whose names
    /// match, each with `[min, max]` or the word of an observer: `minmax`, `percentile:P`, `kl`, `mse`, `ema:W`.
    ///
    /// # Errors
    /// No such object; a name that stands there twice; ends that are not finite or not in order; another observer.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = |what: String| Error::new("overrides", Problem::Parse(what), HINT);
        let mut rules: Vec<(String, Rule)> = Vec::new();
        for (name, value) in json::object(text).map_err(wrong)? {
            let within = |error: Error| error.within(Place::tensor("override", &name));
            let value: Value = serde_json::from_str(value.get()).unwrap_or_default();
            if let Some(expression) = name.strip_prefix("regex:") {
                Regex::new(expression)
                    .map_err(|error| within(wrong(format!("it is no regular expression: {error}"))))?;
            }
            rules.push((name.clone(), rule(&value).map_err(|what| within(wrong(what)))?));
        }
        Ok(Self(rules))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Names and what they get, as words.
    pub(crate) fn words(&self) -> Vec<(String, String)> {
        self.0
            .iter()
            .map(|(name, rule)| (name.clone(), rule.word()))
            .collect()
    }

    /// Reads back what [`Self::words`] gives.
    pub(crate) fn from_words(words: &[(String, String)]) -> Option<Self> {
        let rules = words
            .iter()
            .map(|(name, word)| Some((name.clone(), Rule::of_word(word)?)));
        rules.collect::<Option<_>>().map(Self)
    }

    /// What each tensor of the main graph gets.
    ///
    /// # Errors
    /// A name that no float activation has, an expression that matches none, and two expressions that match one tensor and do
    /// not say the same (a name goes before expressions).
    pub fn of(&self, model: &Model) -> Result<Vec<Option<Rule>>> {
        let graph = model.main();
        let names = graph.names();
        let labels = graph.labels();
        let is_observed = |id: TensorId| {
            let tensor = graph.tensor(id);
            tensor.dtype == DType::Float32 && !model.is_const(tensor)
        };
        let mut rules: Vec<Option<(Rule, bool)>> = vec![None; labels.len()];
        for (name, rule) in &self.0 {
            let unknown = |hint: String| {
                let problem = Problem::UnknownName {
                    name: name.clone(),
                    text: None,
                };
                Error::new(Place::tensor("override", name), problem, hint)
            };
            let Some(expression) = name.strip_prefix("regex:") else {
                let id = names.get(name).ok_or_else(|| unknown(names.hint(name)))?;
                if !is_observed(id) {
                    return Err(unknown("it is no float activation; leave it out".to_owned()));
                }
                rules[id.0] = Some((*rule, true));
                continue;
            };
            let regex = Regex::new(expression).map_err(|error| unknown(error.to_string()))?;
            let mut any = false;
            for (at, label) in labels.iter().enumerate() {
                if !is_observed(TensorId(at)) || !regex.is_match(label) {
                    continue;
                }
                any = true;
                match &rules[at] {
                    Some((other, false)) if other != rule => {
                        return Err(Error::new(
                            Place::tensor("override", name),
                            Problem::Conflict(format!(
                                "another expression matches `{label}`, too, and says otherwise"
                            )),
                            "name that tensor, or narrow the expressions",
                        ));
                    }
                    Some(_) => {}
                    None => rules[at] = Some((*rule, false)),
                }
            }
            if !any {
                return Err(unknown(
                    "no float activation has a name that matches; see `quant info`".to_owned(),
                ));
            }
        }
        Ok(rules.into_iter().map(|rule| rule.map(|(rule, _)| rule)).collect())
    }

    /// Whether an observer among them needs two passes.
    pub fn needs_edges(&self) -> bool {
        self.modes().any(Mode::needs_edges)
    }

    /// The first observer among them whose range is for 256 levels.
    pub fn of_eight_bits(&self) -> Option<Mode> {
        self.modes().find(|mode| mode.is_of_eight_bits())
    }

    fn modes(&self) -> impl Iterator<Item = Mode> {
        self.0.iter().filter_map(|(_, rule)| match rule {
            Rule::Observer(mode) => Some(*mode),
            Rule::Range(_) => None,
        })
    }
}

fn observer(word: &str) -> std::result::Result<Mode, String> {
    let mode = Mode::from_str(word)?;
    match mode {
        Mode::MinMax | Mode::Values { .. } | Mode::Entropy | Mode::SquaredError | Mode::Ema { .. } => {
            Ok(mode)
        }
        _ => Err(format!(
            "{word} is for all tensors or none; a tensor of its own has minmax, percentile:P, kl, mse or ema:W"
        )),
    }
}

fn rule(value: &Value) -> std::result::Result<Rule, String> {
    match value {
        Value::String(word) => observer(word).map(Rule::Observer),
        Value::Array(ends) => {
            let end = |at: usize| Some(ends.get(at)?.as_f64()? as f32).filter(|end| end.is_finite());
            match (end(0), end(1), ends.len()) {
                (Some(min), Some(max), 2) if min <= max => Ok(Rule::Range(Range {
                    min: min + 0.0,
                    max: max + 0.0,
                })),
                _ => Err(format!("{value} is no range")),
            }
        }
        _ => Err(format!("{value} is neither a range nor an observer")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_by_name() {
        for (text, said) in [
            ("[]", "it is no JSON object"),
            (r#"{"a": 3}"#, "neither a range nor an observer"),
            (r#"{"a": [1]}"#, "no range"),
            (r#"{"a": [2, 1]}"#, "no range"),
            (r#"{"a": [1, 1e39]}"#, "no range"),
            (r#"{"a": [1, 2, 3]}"#, "no range"),
            (r#"{"a": "what"}"#, "observers are"),
            (r#"{"a": "one"}"#, "for all tensors or none"),
            (r#"{"a": [0, 1], "a": "kl"}"#, "stands there twice"),
            (r#"{"regex:(": [0, 1]}"#, "no regular expression"),
        ] {
            let error = Overrides::parse(text).unwrap_err().to_string();
            assert!(error.contains(said), "{text}: {error}");
        }
    }

    #[test]
    fn words_come_back() {
        let text = r#"{"a": [-0.1, 6], "regex:^b": "percentile:99.9", "c": "mse", "d": "ema:0.5"}"#;
        let overrides = Overrides::parse(text).unwrap();
        assert_eq!(Overrides::from_words(&overrides.words()), Some(overrides.clone()));
        assert!(overrides.needs_edges());
        let nan = [("a".to_owned(), "7fc00000:00000000".to_owned())];
        assert_eq!(Overrides::from_words(&nan), None);
    }
}
