//! Operators that shall stay float, and that a model does not have.

use std::path::Path;

use quant_core::ir::{Graph, Model, Operator};
use quant_core::scheme::Selector;

use crate::warnings;

/// Warns of names and expressions that fit no operator: what they were meant for becomes integers. Kinds are for any model.
pub fn warn(path: &Path, model: &Model, float: &[Selector]) {
    for selector in float {
        let (what, hint) = match selector {
            Selector::Name(name) => (format!("name:{name}"), model.main().operator_names().hint(name)),
            Selector::Matching(regex) => (
                format!("regex:{regex}"),
                "`quant info` lists all names".to_owned(),
            ),
            Selector::Operator(_) => continue,
        };
        let names = |graph: &Graph, op: &Operator| {
            let outputs: Vec<&str> = op
                .outputs
                .iter()
                .map(|id| graph.tensor(*id).name.as_str())
                .collect();
            selector.names(op.code.builtin, &outputs)
        };
        let mut graphs = model.graphs().iter();
        if !graphs.any(|graph| graph.operators().iter().any(|op| names(graph, op))) {
            warnings::warn(
                path,
                format!("--float {what}: no operator makes a tensor of this name; {hint}"),
            );
        }
    }
}
