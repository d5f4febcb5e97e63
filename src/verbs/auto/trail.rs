//! What a search tried and what it got: told while it happens, kept as JSON, and shown as a page.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::candidate::Candidate;
use super::judge::Score;
use crate::failure::{Failure, Result};
use crate::{files, json};

/// One candidate that was tried.
#[derive(Clone, Debug)]
pub struct Tried {
    /// Why it was tried.
    pub what: String,
    /// Its options, beside those that were given.
    pub candidate: Candidate,
    /// What came of it, or why it cannot be.
    pub got: std::result::Result<Got, String>,
}

/// What came of a candidate.
#[derive(Clone, Debug)]
pub struct Got {
    /// How good it is.
    pub score: Score,
    /// Its size.
    pub bytes: u64,
}

impl Tried {
    /// It as JSON; `command` makes it.
    fn json(&self, command: &str) -> Value {
        let mut value = json!({
            "what": self.what,
            "options": self.candidate.words(),
            "command": command,
            "error": self.got.as_ref().err(),
        });
        if let Ok(got) = &self.got {
            value["got"] = got.score.json();
            value["bytes"] = json!(got.bytes);
        }
        value
    }
}

/// A try of an earlier search: its options, and what came of them.
type Known = (Vec<String>, std::result::Result<Got, String>);

/// The trail of one search.
pub struct Trail {
    /// What it is of: another search has another, and takes nothing from here.
    of: Value,
    json: PathBuf,
    page: PathBuf,
    /// What an earlier search found, by options.
    known: Vec<Known>,
}

impl Trail {
    /// Beside a model's file. `resume` takes over what an earlier search of the same found.
    pub fn new(output: &Path, of: Value, resume: bool) -> Result<Self> {
        let beside = |extension: &str| {
            let mut name = output.as_os_str().to_owned();
            name.push(extension);
            PathBuf::from(name)
        };
        let mut trail = Self {
            of,
            json: beside(".trail.json"),
            page: beside(".trail.html"),
            known: Vec::new(),
        };
        if resume {
            trail.known = trail.earlier()?;
        }
        Ok(trail)
    }

    /// What stands in the file.
    fn earlier(&self) -> Result<Vec<Known>> {
        if !self.json.exists() {
            return Ok(Vec::new());
        }
        let wrong = |what: &str| {
            Failure::Invalid(format!(
                "{}: {what}; leave out --resume to search anew",
                self.json.display()
            ))
        };
        // It is written again.
        let text = std::fs::read_to_string(&self.json).map_err(|error| Failure::io(&self.json, &error))?;
        let value: Value = serde_json::from_str(&text).map_err(|error| wrong(&error.to_string()))?;
        if value["of"] != self.of {
            return Err(wrong("it is of another model, other data or other options"));
        }
        let tried = value["tried"]
            .as_array()
            .ok_or_else(|| wrong("it has no `tried`"))?;
        let one = |tried: &Value| {
            let words = tried["options"].as_array()?.iter();
            let words: Option<Vec<String>> = words.map(|word| Some(word.as_str()?.to_owned())).collect();
            let got = match tried["error"].as_str() {
                Some(error) => Err(error.to_owned()),
                None => Ok(Got {
                    score: Score::read(&tried["got"])?,
                    bytes: tried["bytes"].as_u64()?,
                }),
            };
            Some((words?, got))
        };
        let all: Option<Vec<_>> = tried.iter().map(one).collect();
        all.ok_or_else(|| wrong("a candidate in it lacks something"))
    }

    /// What an earlier search found of a candidate.
    pub fn known(&self, candidate: &Candidate) -> Option<std::result::Result<Got, String>> {
        let words = candidate.words();
        let found = self.known.iter().find(|(known, _)| *known == words);
        found.map(|(_, got)| got.clone())
    }

    /// The files.
    pub fn files(&self) -> [&Path; 2] {
        [&self.json, &self.page]
    }

    /// Everything so far, as one value.
    pub fn value(
        &self,
        goal: &Value,
        float: &Value,
        tried: &[Tried],
        best: usize,
        command: impl Fn(&Candidate) -> String,
    ) -> Value {
        let all: Vec<Value> = tried
            .iter()
            .map(|one| one.json(&command(&one.candidate)))
            .collect();
        json!({
            "of": self.of,
            "goal": goal,
            "float": float,
            "best": best,
            "command": tried.get(best).map(|best| command(&best.candidate)),
            "tried": all,
        })
    }

    /// Writes both files.
    pub fn write(&self, value: &Value) -> Result {
        files::write(&self.json, json::text("auto", value.clone()).as_bytes())?;
        files::write(&self.page, page(value).as_bytes())
    }
}

const PAGE: &str = include_str!("trail.html");

fn page(value: &Value) -> String {
    // Nothing in a name can end the block of data, or begin a comment in it.
    let data = value.to_string().replace('<', "\\u003c");
    PAGE.replacen("{{data}}", &data, 1)
}
