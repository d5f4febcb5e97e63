//! What LiteRT does not do right with a model, operators of one kind together.

use std::fmt;

use quant_ir::{Builtin, Model};

use super::litert::{self, Kind};

/// Operators of one kind that LiteRT does not do right for one reason; displayed on one line.
#[derive(Clone, Debug, PartialEq)]
pub struct Unfit {
    /// Which operators.
    pub builtin: Builtin,
    /// What is wrong with them.
    pub kind: Kind,
    /// How many they are.
    pub count: usize,
    /// Name of the first output of the first of them.
    pub first: String,
}

impl fmt::Display for Unfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (plural, first) = if self.count == 1 {
            ("", "")
        } else {
            ("s", "first: ")
        };
        // One line, whatever names the model brings.
        let name = self.first.replace(['\n', '\r'], " ");
        let Self {
            builtin, kind, count, ..
        } = self;
        write!(f, "{count} operator{plural} {builtin}: {kind} ({first}`{name}`)")
    }
}

/// What LiteRT does not do right, in the order of the operators that show it first; empty when it runs the model.
pub fn unfit(model: &Model) -> Vec<Unfit> {
    let mut all: Vec<Unfit> = Vec::new();
    for found in litert::check(model) {
        let same = |one: &&mut Unfit| (one.builtin, &one.kind) == (found.builtin, &found.kind);
        match all.iter_mut().find(same) {
            Some(one) => one.count += 1,
            None => all.push(Unfit {
                builtin: found.builtin,
                kind: found.kind,
                count: 1,
                first: found.name,
            }),
        }
    }
    all
}
