//! The order that onnxruntime writes nodes in.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use quant_ir::{Error, Problem, Result};

use super::wired::Wired;

/// Numbers of the nodes: first those that read nothing; then, constants and inputs by their names, those that each of them
/// is the last to release; then those that the nodes before release, in their order.
pub(super) fn order<'a>(nodes: &[Wired], given: impl Iterator<Item = &'a str>) -> Result<Vec<usize>> {
    let mut waiting: Vec<usize> = Vec::with_capacity(nodes.len());
    let mut readers: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut ready = VecDeque::new();
    for (at, wired) in nodes.iter().enumerate() {
        let inputs = wired
            .inputs
            .iter()
            .chain(&wired.captured)
            .filter(|name| !name.is_empty());
        let mut count = 0;
        for name in inputs {
            readers.entry(name).or_default().push(at);
            count += 1;
        }
        waiting.push(count);
        if count == 0 {
            ready.push_back(at);
        }
    }
    let mut release = |name: &str, ready: &mut VecDeque<usize>| {
        for at in readers.get(name).into_iter().flatten() {
            if let Some(count) = waiting.get_mut(*at) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    ready.push_back(*at);
                }
            }
        }
    };
    let given: BTreeSet<&str> = given.collect();
    for name in given {
        release(name, &mut ready);
    }
    let mut order = Vec::with_capacity(nodes.len());
    while let Some(at) = ready.pop_front() {
        order.push(at);
        for output in nodes.get(at).map(|wired| &wired.outputs).into_iter().flatten() {
            release(output, &mut ready);
        }
    }
    if order.len() == nodes.len() {
        return Ok(order);
    }
    let taken: BTreeSet<usize> = order.into_iter().collect();
    let stuck = nodes.iter().enumerate().find(|(at, _)| !taken.contains(at));
    let place = stuck.map(|(_, wired)| wired.node.place());
    let problem = Problem::Order("it reads what nothing makes".into());
    let place = place.unwrap_or_else(|| "graph".into());
    Err(Error::new(place, problem, "export the model again"))
}
