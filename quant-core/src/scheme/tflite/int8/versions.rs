//! The versions of operators.

use std::collections::BTreeMap;

use quant_ir::{Builtin, Graph, Model, OpId};

use super::facts::Facts;
use super::plan::Plan;

/// The version of each operator that is quantized.
pub fn of(facts: &Facts<'_>, plan: &Plan) -> Vec<Option<i32>> {
    let operators = facts.graph().operators().iter().enumerate();
    let version = operators.map(|(op, operator)| {
        let rule = facts.rules[op].filter(|_| plan.quantized[op])?;
        Some(rule.version.of(operator))
    });
    version.collect()
}

/// Operators of one kind have one version, the highest: the original writes one code for each kind.
pub fn share(model: &mut Model) {
    let mut highest: BTreeMap<Builtin, i32> = BTreeMap::new();
    let operators = model.graphs().iter().flat_map(Graph::operators);
    for code in operators.map(|operator| &operator.code) {
        let version = highest.entry(code.builtin).or_insert(code.version);
        *version = code.version.max(*version);
    }
    for graph in model.graphs_mut() {
        for op in 0..graph.operators().len() {
            let code = &graph.operators()[op].code;
            let version = highest[&code.builtin];
            if code.builtin == Builtin::CUSTOM || code.version == version {
                continue;
            }
            // Operands stay, so that nothing can be refused.
            let changed = graph.edit(OpId(op), |operator| operator.code.version = version);
            debug_assert!(changed.is_ok());
        }
    }
}
