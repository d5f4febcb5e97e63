//! Step 1: which recorded ranges count (`RemoveRedundantStats`).
//!
//! An operator with one scale for operands and results makes ranges at its one end redundant.

use quant_ir::TensorId;

use super::facts::Facts;
use super::rules::{Memory, Scale};

/// The ranges that count, by tensor; `None` where none was recorded, or another one takes its place.
pub fn kept(facts: &Facts<'_>) -> Vec<Option<(f32, f32)>> {
    let recorded = recorded(facts);
    let mut kept = recorded.clone();
    drop_results(facts, &recorded, &mut kept);
    drop_operands(facts, &recorded, &mut kept);
    kept
}

/// All recorded ranges of values. LSTM's result has the union of its own and its state's.
fn recorded(facts: &Facts<'_>) -> Vec<Option<(f32, f32)>> {
    let graph = facts.graph();
    let mut ranges: Vec<Option<(f32, f32)>> = graph
        .ids()
        .map(|id| facts.range(id).filter(|_| facts.is_value(id)))
        .collect();
    for (op, rule) in facts.rules.iter().enumerate() {
        if rule.and_then(|rule| rule.memory) != Some(Memory::Lstm) {
            continue;
        }
        let operator = &graph.operators()[op];
        let (state, result) = (operator.input(18), operator.outputs.first());
        if let (Some(state), Some(result)) = (state, result)
            && let (Some(a), Some(b)) = (ranges[state.0], ranges[result.0])
        {
            ranges[result.0] = Some((a.0.min(b.0), a.1.max(b.1)));
        }
    }
    ranges
}

/// Forward: ranges of results that are fixed, and of results of operators that take their one float operand's.
fn drop_results(facts: &Facts<'_>, recorded: &[Option<(f32, f32)>], kept: &mut [Option<(f32, f32)>]) {
    for (op, rule) in facts.rules.iter().enumerate() {
        let Some(rule) = rule else { continue };
        let redundant = match rule.result {
            Scale::Fixed(..) => true,
            Scale::Of(_) => facts.table(op).is_some(),
            Scale::Same => {
                let mut operands = facts.operands(op);
                let first = operands.next();
                let one = first.filter(|_| operands.next().is_none());
                one.is_some_and(|(_, id)| recorded[id.0].is_some())
            }
            Scale::Own => false,
        };
        if redundant {
            facts.results(op).for_each(|id| kept[id.0] = None);
        }
    }
}

/// Backward: ranges of operands of operators whose result has one, and so on through operators of that kind.
///
/// The original does it wherever the operand is used besides. A result may be narrower than an operand (MAXIMUM, SELECT,
/// …): other users of that would lose what is beyond. So, unless `compat`, such an operand keeps its range.
fn drop_operands(facts: &Facts<'_>, recorded: &[Option<(f32, f32)>], kept: &mut [Option<(f32, f32)>]) {
    let mut walked = vec![false; facts.rules.len()];
    // An operator is reached with the range that its operands will have.
    let same = |id: TensorId| {
        let (op, rule) = facts.producer(id)?;
        rule.is_some_and(super::rules::Rule::is_same).then_some(op)
    };
    let begin = |id: TensorId| Some((same(id)?, kept[id.0]?));
    let starts: Vec<(usize, (f32, f32))> = facts.graph().ids().filter_map(begin).collect();
    for start in starts {
        let mut open = vec![start];
        while let Some((op, range)) = open.pop() {
            if std::mem::replace(&mut walked[op], true) {
                continue;
            }
            for (_, id) in facts.operands(op) {
                let Some(own) = recorded[id.0] else { continue };
                let within = range.0.min(0.0) <= own.0 && own.1 <= range.1.max(0.0);
                if !facts.options.compat && !within && facts.graph().users(id) > 1 {
                    continue;
                }
                kept[id.0] = None;
                if let Some(before) = same(id) {
                    open.push((before, range));
                }
            }
        }
    }
}
