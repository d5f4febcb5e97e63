//! The tables. Names stand last and whole: a configuration of layers needs them letter by letter.

use std::collections::BTreeMap;
use std::fmt::Write;

use quant_core::ir::{Graph, Operator};

use super::tensor::Facts;
use crate::size;

/// The operator's kind; of a custom operator its own name.
pub fn kind(op: &Operator) -> String {
    op.code
        .custom
        .clone()
        .unwrap_or_else(|| op.code.builtin.to_string())
}

/// A graph: its interface, its operators with what they make, its constants with who reads them.
pub fn graph(graph: &Graph, facts: &[Facts<'_>]) -> String {
    let constants: Vec<&Facts<'_>> = facts.iter().filter(|facts| facts.stored.is_some()).collect();
    let stored: usize = constants.iter().filter_map(|facts| facts.stored).sum();
    let mut text = format!(
        "operators    {}\ntensors      {} ({})\nconstants    {}, {}\n",
        graph.operators().len(),
        facts.len(),
        types(facts),
        constants.len(),
        size::short(stored as u64)
    );
    let row = |first: String, second: String, facts: &Facts<'_>| {
        vec![
            first,
            second,
            facts.tensor.dtype.word().to_owned(),
            facts.shape(),
            facts.size(),
            facts.parameters(),
            name(facts),
        ]
    };
    let interface = graph.inputs().iter().map(|id| ("input", id));
    let interface = interface.chain(graph.outputs().iter().map(|id| ("output", id)));
    let rows: Vec<_> = interface
        .map(|(what, id)| row(what.to_owned(), format!("#{}", id.0), &facts[id.0]))
        .collect();
    text.push_str(&table(
        [
            "interface",
            "tensor",
            "type",
            "shape",
            "size",
            "parameters",
            "name",
        ],
        rows,
    ));

    let operators = graph.operators().iter().enumerate();
    let rows = operators.flat_map(|(number, op)| {
        let outputs = op.outputs.iter().enumerate();
        outputs.map(move |(at, id)| {
            let first = if at == 0 {
                number.to_string()
            } else {
                String::new()
            };
            row(first, kind(op), &facts[id.0])
        })
    });
    let head = [
        "operator",
        "kind",
        "type",
        "shape",
        "size",
        "parameters",
        "output",
    ];
    text.push_str(&table(head, rows.collect()));

    let rows = constants.iter().map(|facts| {
        let readers = facts
            .readers
            .iter()
            .map(|op| format!("{} {}", op.0, kind(&graph.operators()[op.0])));
        let readers: Vec<String> = readers.collect();
        let readers = match readers.as_slice() {
            [] => "nothing".to_owned(),
            [one, two, _, more @ ..] => format!("{one}, {two}, … ({} in all)", more.len() + 3),
            all => all.join(", "),
        };
        row(format!("#{}", facts.number), readers, facts)
    });
    let head = [
        "constant",
        "read by",
        "type",
        "shape",
        "size",
        "parameters",
        "name",
    ];
    text.push_str(&table(head, rows.collect()));
    text
}

/// A name on one line, whatever it holds.
fn name(facts: &Facts<'_>) -> String {
    facts
        .label
        .chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

fn types(facts: &[Facts<'_>]) -> String {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for facts in facts {
        *counts.entry(facts.tensor.dtype.word()).or_default() += 1;
    }
    let counts: Vec<String> = counts
        .iter()
        .map(|(word, count)| format!("{count} {word}"))
        .collect();
    counts.join(" + ")
}

/// Columns to the left; nothing for no rows.
fn table(head: [&str; 7], rows: Vec<Vec<String>>) -> String {
    if rows.is_empty() {
        return String::new();
    }
    let mut lines = vec![head.map(str::to_owned).to_vec()];
    lines.extend(rows);
    let width = |column: usize| {
        lines
            .iter()
            .map(|line| line[column].chars().count())
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..6).map(width).collect();
    let mut text = "\n".to_owned();
    for line in &lines {
        for (cell, &width) in line.iter().zip(&widths) {
            let _ = write!(text, "{cell:<width$}  ");
        }
        text.push_str(&line[6]);
        text.push('\n');
    }
    text
}
