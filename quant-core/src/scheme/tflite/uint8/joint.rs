//! CONCATENATION: toco gave all its operands and its result one range, that of all of them together, wherever else they were
//! used.

use quant_ir::TensorId;
use quant_numeric::coding::MinMax;

use super::facts::Facts;
use super::rules::Scale;

/// Tensors in sets: each leads to another of its set, or is its head.
struct Sets(Vec<usize>);

impl Sets {
    fn head(&mut self, at: usize) -> usize {
        let mut head = at;
        while self.0[head] != head {
            head = self.0[head];
        }
        // Whoever asks next finds the head at once.
        let mut step = at;
        while self.0[step] != head {
            step = std::mem::replace(&mut self.0[step], head);
        }
        head
    }

    fn join(&mut self, a: usize, b: usize) {
        let (a, b) = (self.head(a), self.head(b));
        self.0[a.max(b)] = a.min(b);
    }
}

/// The range of each value and constant that a CONCATENATION reads or makes.
pub fn ranges(facts: &Facts<'_>) -> Vec<Option<MinMax>> {
    let count = facts.graph().tensors().len();
    let mut sets = Sets((0..count).collect());
    let mut joined = vec![false; count];
    for (op, rule) in facts.rules.iter().enumerate() {
        if rule.as_ref().is_ok_and(|rule| rule.result == Scale::Joint) {
            let ends: Vec<TensorId> = facts
                .operands(op)
                .map(|(_, id)| id)
                .chain(facts.results(op))
                .collect();
            for id in &ends {
                joined[id.0] = true;
                sets.join(ends[0].0, id.0);
            }
        }
    }
    let own = |at: usize| {
        facts
            .measured
            .get(&TensorId(at))
            .copied()
            .flatten()
            .or(facts.ranges[at])
    };
    let mut of_head: Vec<Option<MinMax>> = vec![None; count];
    for at in (0..count).filter(|at| joined[*at]) {
        if let Some(range) = own(at) {
            let all = &mut of_head[sets.head(at)];
            let (min, max) = all.unwrap_or(range);
            *all = Some((min.min(range.0), max.max(range.1)));
        }
    }
    let range = |(at, joined): (usize, bool)| joined.then(|| of_head[sets.head(at)]).flatten();
    joined.into_iter().enumerate().map(range).collect()
}
