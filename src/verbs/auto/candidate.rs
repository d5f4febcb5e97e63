//! A set of options of `quant run`, and the model that they make.

use std::ffi::OsString;
use std::path::Path;

use clap::{ArgMatches, Args as _, Command, Parser, parser::ValueSource};
use quant_core::Quantized;
use quant_core::ir::{FileFormat, Model};
use quant_core::mpq::Layers;
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
    /// Operators with a type of their own.
    pub apart: Apart,
}

/// Operators that become something else than the others.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Apart {
    /// What they become.
    pub to: To,
    /// Their names, by an output.
    pub names: Vec<String>,
}

impl Apart {
    /// What is to be kept small: operators that stay float, then those of int16.
    pub fn cost(&self) -> (usize, usize) {
        match self.to {
            To::Float => (self.names.len(), 0),
            To::Int16 => (0, self.names.len()),
        }
    }
}

/// What single operators may become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum To {
    /// Floats, with any scheme.
    #[default]
    Float,
    /// Integers of 16 bits, with ONE's uint8.
    Int16,
}

impl To {
    /// Its word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Float => "float",
            Self::Int16 => "int16",
        }
    }
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

    /// The same with other operators apart.
    pub fn keeping(&self, to: To, names: Vec<String>) -> Self {
        Self {
            options: self.options.clone(),
            apart: Apart { to, names },
        }
    }

    /// The same for activations of more than 256 levels: without an observer that looks for the best of so many.
    pub fn wide(&self) -> Self {
        let narrow = |(option, value): &(String, String)| {
            option == "--observer" && ["kl", "mse"].contains(&value.as_str())
        };
        let mut new = self.clone();
        new.options.retain(|option| !narrow(option));
        new
    }

    /// The options as words.
    pub fn words(&self) -> Vec<String> {
        let options = self.options.iter();
        let mut words: Vec<String> = options
            .flat_map(|(option, value)| [option.clone(), value.clone()])
            .collect();
        for name in &self.apart.names {
            words.extend(match self.apart.to {
                To::Float => ["--float".to_owned(), format!("name:{name}")],
                To::Int16 => ["--int16".to_owned(), name.clone()],
            });
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

    /// What a candidate asks of the quantizer.
    fn asked(&self, candidate: &Candidate) -> Result<Quantizing> {
        let words = self.base.iter().cloned().chain(candidate.words());
        let words = Words::try_parse_from(words).map_err(|error| {
            let text = error.render().to_string();
            let line = text.lines().next().unwrap_or_default();
            Failure::Usage(line.trim_start_matches("error: ").to_owned())
        })?;
        Ok(words.asked)
    }

    /// The model of a candidate.
    pub fn made(&self, candidate: &Candidate) -> Result<Quantized> {
        let asked = self.asked(candidate)?;
        let config = asked.config(self.name, self.format, self.strict)?;
        let quantizer = asked.quantizer(&config)?.check(false);
        let made = quantizer.records(self.records).quantize_model(self.float.clone());
        Ok(made.map_err(|error| error.within(self.name.display()))?)
    }

    /// The operators that may become int16 beside others of a candidate: those of ONE's uint8, unless somebody named layers.
    pub fn layers_of_int16(&self, candidate: &Candidate) -> Result<Vec<String>> {
        if self.is_given("--config") || self.is_given("--int16") {
            return Ok(Vec::new());
        }
        let asked = self.asked(candidate)?;
        let config = asked.config(self.name, self.format, self.strict)?;
        let decisions = config.scheme.decisions().filter(|_| asked.choice.is_uint8());
        let layers = decisions.map(|decisions| Layers::of(self.float, decisions).layers);
        Ok(layers.into_iter().flatten().map(|layer| layer.name).collect())
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
