//! The graph for Graphviz: operators by the labels of their first outputs, coloured by their errors.

use std::collections::BTreeMap;
use std::fmt::Write;

use quant_core::ir::{Model, TensorId};

use super::errors::Errors;
use super::palette::{self, Color};

/// The main graph of the float model. Operators without an error are grey; constants are left out.
pub fn graph(float: &Model, model: &str, metric: &str, colors: &[Color], errors: &Errors) -> String {
    let graph = float.main();
    let labels = graph.labels();
    let name = |id: TensorId| labels[id.0].as_str();
    let mut text = format!(
        "digraph {} {{\ncolor_table [shape=none, label=<<table>",
        quoted(model)
    );
    for color in colors {
        let Color { from, to, rgb } = color;
        let _ = write!(
            text,
            "<tr><td bgcolor=\"{rgb}\">{metric}: {from:.4} ~ {to:.4}</td></tr>"
        );
    }
    text.push_str("</table>>];\n");
    // Each tensor is drawn as the operator that makes it.
    let mut drawn: BTreeMap<TensorId, TensorId> = BTreeMap::new();
    for id in graph.inputs() {
        drawn.insert(*id, *id);
        let _ = writeln!(text, "{};", quoted(name(*id)));
    }
    for op in graph.operators() {
        let Some(first) = op.outputs.first() else { continue };
        let node = quoted(name(*first));
        let look = match errors.find(name(*first)) {
            Some(error) => format!(
                "fillcolor=\"{}\", xlabel=\"{metric}: {error:.4}\"",
                palette::rgb(colors, error)
            ),
            None => "fillcolor=gray".to_owned(),
        };
        let _ = writeln!(text, "{node} [style=filled, {look}];");
        drawn.extend(op.outputs.iter().map(|id| (*id, *first)));
        for from in op.inputs.iter().flatten().filter_map(|id| drawn.get(id)) {
            let _ = writeln!(text, "{} -> {node};", quoted(name(*from)));
        }
    }
    text.push_str("}\n");
    text
}

/// A name as Graphviz reads it.
fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
}
