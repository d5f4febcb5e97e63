//! The search: options that cost nothing first, then int16 or float for the fewest layers, then wider types for all.

use std::cell::RefCell;

use quant_core::Quantized;
use quant_core::format;
use quant_core::ir::Model;

use super::candidate::{Apart, Candidate, Maker, To, is_known};
use super::goal::Goal;
use super::judge::{Judge, Score};
use super::layers;
use super::trail::{Got, Trail, Tried};
use crate::failure::{Failure, Result};
use crate::json::Json;
use crate::size;

/// Options that may help, and what is tried of them.
struct Step {
    /// What it is about.
    what: &'static str,
    /// The option; it is left alone when it was given.
    option: &'static str,
    /// Its values, the cheap ones first.
    values: &'static [&'static str],
}

/// What is tried, in this order, beside the best so far. A remedy enters here by a word.
const STEPS: &[Step] = &[
    Step {
        what: "remedies",
        option: "--remedies",
        values: &[
            "cle",
            "bias-correction",
            "cle,bias-correction",
            "cle,weight-mse,bias-correction",
            "weight-mse,bias-correction",
            "cle,adaround",
            "adaround",
            "cle,weight-mse,adaround",
            "weight-mse,adaround",
        ],
    },
    Step {
        what: "ranges",
        option: "--observer",
        values: &["mse", "minmax", "percentile:99.99", "kl"],
    },
];

/// Types of activations that are tried when layers alone do not help.
const WIDER: &[Step] = &[
    Step {
        what: "wider activations",
        option: "--scheme",
        values: &["tflite-int16x8"],
    },
    Step {
        what: "wider types",
        option: "--type",
        values: &["int16"],
    },
];

/// What a search works with.
pub struct Search<'a> {
    pub maker: Maker<'a>,
    pub judge: Judge<'a>,
    pub goal: &'a Goal,
    pub float: Score,
    pub float_bytes: u64,
    pub trail: Trail,
    pub tried: Vec<Tried>,
    pub json: &'a Json,
    pub threads: usize,
    /// The best model so far, with its number.
    pub model: RefCell<Option<(usize, Quantized)>>,
}

impl Search<'_> {
    /// Tries until the goal is reached, or nothing is left.
    pub fn run(&mut self) -> Result {
        let plain = self.attempt("plain", Candidate::default())?;
        if let Err(why) = &self.tried[plain].got {
            return Err(Failure::Invalid(format!("{}: {why}", self.maker.name.display())));
        }
        for step in STEPS {
            if self.is_done() {
                return Ok(());
            }
            self.step(step)?;
        }
        if !self.is_done() {
            self.layers()?;
        }
        for step in WIDER {
            // The families have other words for it.
            let one = self.maker.format == quant_core::ir::FileFormat::Circle;
            let fits = (step.option == "--type") == one;
            if !self.is_done()
                && fits
                && !["--type", "--scheme", "--recipe"]
                    .iter()
                    .any(|option| self.maker.is_given(option))
            {
                self.step(step)?;
            }
        }
        Ok(())
    }

    /// Whether the goal is reached, where it can be.
    fn is_done(&self) -> bool {
        let met = |tried: &Tried| {
            tried
                .got
                .as_ref()
                .is_ok_and(|got| self.goal.is_met(got, &self.float))
        };
        self.goal.is_enough() && self.tried.iter().any(met)
    }

    /// The number of the best so far.
    pub fn best(&self) -> usize {
        self.goal.best(&self.tried, &self.float).unwrap_or(0)
    }

    /// Tries an option's values beside the best so far.
    fn step(&mut self, step: &Step) -> Result {
        if self.maker.is_given(step.option) {
            return Ok(());
        }
        let from = self.tried[self.best()].candidate.clone();
        for value in step.values.iter().filter(|value| is_known(step.option, value)) {
            if self.is_done() {
                break;
            }
            self.attempt(step.what, from.with(step.option, value))?;
        }
        Ok(())
    }

    /// Tries to make the fewest operators int16, where the scheme mixes types, and to leave the fewest float.
    fn layers(&mut self) -> Result {
        if self.maker.is_given("--recipe") {
            return Ok(());
        }
        let from = self.tried[self.best()].candidate.clone();
        let made = self.maker.made(&from)?;
        let by_bytes = !self.goal.is_enough();
        let orders = match layers::orders(&made, self.maker.records, by_bytes, self.threads) {
            Ok(orders) => orders,
            Err(error) => return self.json.print(&format!("layers       not judged: {error}\n")),
        };
        let wide = self.maker.layers_of_int16(&from)?;
        if !wide.is_empty() {
            let mut some = orders.clone();
            for (_, order) in &mut some {
                order.retain(|name| wide.contains(name));
            }
            self.fewest(To::Int16, &from.wide(), some)?;
        }
        if !self.is_done() {
            self.fewest(To::Float, &from, orders)?;
        }
        Ok(())
    }

    /// Tries the orders in turn, each with fewer operators than were enough before.
    fn fewest(&mut self, to: To, from: &Candidate, orders: Vec<layers::Order>) -> Result {
        let mut most = usize::MAX;
        for (how, order) in orders {
            let what = format!("{}, {how}", to.word());
            let mut enough = |some: &[String]| {
                let at = self.attempt(&what, from.keeping(to, some.to_vec()))?;
                Ok(match &self.tried[at].got {
                    Ok(got) if self.goal.is_enough() => self.goal.is_met(got, &self.float),
                    // Where no score is enough, as many as may be are looked for.
                    Ok(got) => !self.goal.fits(got),
                    Err(_) => false,
                })
            };
            if let Some(count) = layers::fewest(&order, most, &mut enough)? {
                most = count - 1;
            }
        }
        Ok(())
    }

    /// Tries a candidate, unless it was tried: its number.
    fn attempt(&mut self, what: &str, candidate: Candidate) -> Result<usize> {
        if let Some(at) = self.tried.iter().position(|tried| tried.candidate == candidate) {
            return Ok(at);
        }
        let known = self.trail.known(&candidate);
        let got = match known {
            Some(got) => got,
            None => match self.maker.made(&candidate) {
                Ok(made) => self.measured(made),
                Err(failure) => Err(failure.to_string()),
            },
        };
        self.tried.push(Tried {
            what: what.to_owned(),
            candidate,
            got,
        });
        let at = self.tried.len() - 1;
        self.keep(at);
        self.json.print(&self.line(at))?;
        self.write()?;
        Ok(at)
    }

    /// The score of a model, which is held until its number is known.
    fn measured(&self, made: Quantized) -> std::result::Result<Got, String> {
        let score = self
            .judge
            .score(made.model())
            .map_err(|failure| failure.to_string())?;
        let bytes = bytes(made.model(), self.maker.format)?;
        *self.model.borrow_mut() = Some((self.tried.len(), made));
        Ok(Got { score, bytes })
    }

    /// Lets a model go that is not the best.
    fn keep(&self, at: usize) {
        let mut model = self.model.borrow_mut();
        if model.as_ref().is_some_and(|(held, _)| *held == at) && self.best() != at {
            *model = None;
        }
    }

    /// The trail as it is now.
    pub fn value(&self) -> serde_json::Value {
        let mut float = self.float.json();
        float["bytes"] = self.float_bytes.into();
        self.trail.value(
            &self.goal.json(self.judge.word()),
            &float,
            &self.tried,
            self.best(),
            |candidate| self.maker.command(candidate),
        )
    }

    /// Writes the trail.
    pub fn write(&self) -> Result {
        self.trail.write(&self.value())
    }

    /// The line of a candidate.
    fn line(&self, at: usize) -> String {
        let tried = &self.tried[at];
        let words = tried.candidate.words();
        let words = match words.len() {
            0 => String::new(),
            _ if tried.candidate.apart.names.is_empty() => words.join(" ") + ": ",
            _ => {
                let Apart { to, names } = &tried.candidate.apart;
                let mut words = tried.candidate.keeping(*to, Vec::new()).words();
                words.push(format!("{} {}: ", names.len(), to.word()));
                words.join(" ")
            }
        };
        let got = match &tried.got {
            Ok(got) => format!(
                "{:.2} {}, SQNR {:.1} dB, {}",
                got.score.value,
                self.judge.word(),
                got.score.sqnr,
                size::short(got.bytes)
            ),
            Err(why) => format!("not possible: {why}"),
        };
        let mark = if self.best() == at { " *" } else { "" };
        format!("{at:<4} {:<22} {words}{got}{mark}\n", tried.what)
    }
}

/// The size of a model's file.
fn bytes(model: &Model, format: quant_core::ir::FileFormat) -> std::result::Result<u64, String> {
    let file = format::Export::new(model, format).map_err(|error| error.to_string())?;
    Ok(file.len())
}
