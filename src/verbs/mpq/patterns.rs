//! `--pattern`: int16 operators of subgraphs that lose too much in 8 bits.

use std::fmt::Write;

use clap::ValueEnum;
use quant_case::QuantType;
use quant_core::mpq::Pattern;

use super::evaluate::Evaluator;
use super::outcome::Outcome;
use crate::failure::{Failure, Result};
use crate::size;
use crate::table::number;

/// A subgraph by its word.
#[derive(Clone, Copy, ValueEnum)]
pub enum Subgraph {
    /// A layer normalization in single operators: its variance.
    LayerNorm,
    /// A softmax in single operators: the difference from the largest, and its exponentials.
    Softmax,
}

impl Subgraph {
    fn pattern(self) -> Pattern {
        match self {
            Self::LayerNorm => Pattern::LayerNorm,
            Self::Softmax => Pattern::Softmax,
        }
    }

    fn word(self) -> &'static str {
        match self {
            Self::LayerNorm => "layer-norm",
            Self::Softmax => "softmax",
        }
    }
}

/// The model whose operators of these subgraphs are int16, and how much better it is than the uint8 one.
///
/// # Errors
/// A model without such a subgraph.
pub fn int16(evaluator: &mut Evaluator<'_>, subgraphs: &[Subgraph]) -> Result<Outcome> {
    let mut layers: Vec<String> = Vec::new();
    let mut lines = String::new();
    for subgraph in subgraphs {
        let found = subgraph.pattern().find(evaluator.float);
        let _ = writeln!(lines, "{:<12} {} of them", subgraph.word(), found.len());
        for name in found.into_iter().flatten() {
            if !layers.contains(&name) {
                layers.push(name);
            }
        }
    }
    if layers.is_empty() {
        let words: Vec<&str> = subgraphs.iter().map(|subgraph| subgraph.word()).collect();
        return Err(Failure::Invalid(format!(
            "{}: no operators form a {} as --pattern looks for it; leave the option out to search by depth",
            evaluator.name.display(),
            words.join(" or a ")
        )));
    }
    let uint8 = evaluator.whole(QuantType::Uint8)?;
    evaluator.json.print(&format!(
        "{lines}uint8        {} {}, {}\n",
        evaluator.metric,
        number(Some(uint8.error)),
        size::short(uint8.bytes)
    ))?;
    let candidate = evaluator.with_int16(&layers)?;
    Ok(Outcome::named(layers, candidate))
}
