//! A set of options of `quant run`, and the model that they make.

use std::ffi::OsString;
use std::path::Path;

use clap::{ArgMatches, Args as _, Command, Parser, parser::ValueSource};
use quant_core::Quantized;
use quant_core::ir::{FileFormat, Model};
use quant_core::record::Records;

use crate::data::Shapes;
use crate::failure::{Failure, Result};
use crate::options::Quantizing;
use crate::verdict::quoted;

/// The options of `quant run` that decide the bytes of the result.
#[derive(Parser)]
#[command(no_binary_name = true)]
struct Words {
    #[command(flatten)]
    asked: Quantizing,
}

/// Options of `quant run` beside those that were given: what is searched for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Candidate {
    /// Options with their values, in the order in which they came.
    options: Vec<(String, String)>,
    /// Names of the operators that stay float, by an output.
    pub float: Vec<String>,
}

impl Candidate {
    /// The same with an option more, or with another value; a value that is empty takes the option away.
    pub fn with(&self, option: &str, value: &str) -> Self {
        let mut new = self.clone();
        new.options.retain(|(old, _)| old != option);
        if !value.is_empty() {
            new.options.push((option.to_owned(), value.to_owned()));
        }
        new
    }

    /// The same with operators that stay float.
    pub fn keeping(&self, float: Vec<String>) -> Self {
        Self {
            options: self.options.clone(),
            float,
        }
    }

    /// The options as words.
    pub fn words(&self) -> Vec<String> {
        let options = self.options.iter();
        let mut words: Vec<String> = options
            .flat_map(|(option, value)| [option.clone(), value.clone()])
            .collect();
        for name in &self.float {
            words.extend(["--float".to_owned(), format!("name:{name}")]);
        }
        words
    }
}

/// Makes models of candidates.
pub struct Maker<'a> {
    /// What the float model is called.
    pub name: &'a Path,
    /// The float model.
    pub float: &'a Model,
    /// The data that ranges come from.
    pub records: &'a dyn Records,
    /// The words of that data and of what is done with it.
    pub data: Vec<String>,
    /// The options that were given.
    pub base: Vec<String>,
    /// The file that is to be written.
    pub output: &'a Path,
    /// Its format.
    pub format: FileFormat,
    /// Whether no operator may stay float without being asked.
    pub strict: bool,
}

impl Maker<'_> {
    /// Whether an option was given, so that it is not searched for.
    pub fn is_given(&self, option: &str) -> bool {
        self.base.iter().any(|word| word == option)
    }

    /// The model of a candidate.
    pub fn made(&self, candidate: &Candidate) -> Result<Quantized> {
        let words = self.base.iter().cloned().chain(candidate.words());
        let words = Words::try_parse_from(words).map_err(|error| {
            let text = error.render().to_string();
            let line = text.lines().next().unwrap_or_default();
            Failure::Usage(line.trim_start_matches("error: ").to_owned())
        })?;
        let config = words.asked.config(self.format, self.strict)?;
        let quantizer = words.asked.quantizer(&config)?.check(false);
        let made = quantizer.records(self.records).quantize_model(self.float.clone());
        Ok(made.map_err(|error| error.within(self.name.display()))?)
    }

    /// The command line that makes it.
    pub fn command(&self, candidate: &Candidate) -> String {
        let mut words = vec![self.name.display().to_string()];
        words.extend(self.data.iter().cloned());
        words.extend(self.base.iter().cloned());
        words.extend(candidate.words());
        words.extend(["-o".to_owned(), self.output.display().to_string()]);
        let words: Vec<String> = words.iter().map(|word| quoted(word)).collect();
        format!("quant run {}", words.join(" "))
    }
}

/// Whether `quant run` has an option with that value.
pub fn is_known(option: &str, value: &str) -> bool {
    Words::try_parse_from([option, value]).is_ok()
}

/// The words of this command line that are options of `quant run`, and those that say what is done with data.
pub fn given(matches: &ArgMatches) -> (Vec<String>, Vec<String>) {
    let asked = Quantizing::augment_args(Command::new("asked"));
    let shapes = Shapes::augment_args(Command::new("shapes"));
    (words(&asked, matches), words(&shapes, matches))
}

/// The options of a command that stand on the command line, as words.
fn words(command: &Command, matches: &ArgMatches) -> Vec<String> {
    let mut words = Vec::new();
    for arg in command.get_arguments() {
        let id = arg.get_id().as_str();
        let Some(long) = arg.get_long() else { continue };
        // The result does not depend on it.
        if id == "threads" || matches.value_source(id) != Some(ValueSource::CommandLine) {
            continue;
        }
        let option = format!("--{long}");
        if !arg.get_action().takes_values() {
            words.push(option);
            continue;
        }
        let values: Vec<OsString> = matches
            .get_raw(id)
            .into_iter()
            .flatten()
            .map(OsString::from)
            .collect();
        for value in values {
            words.extend([option.clone(), value.to_string_lossy().into_owned()]);
        }
    }
    words
}
