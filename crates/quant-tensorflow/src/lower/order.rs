//! Which nodes are on the way from inputs to outputs, each behind those that it reads.

use std::collections::BTreeMap;

use quant_ir::{Error, Problem, Result};

use crate::graph::Graph;
use crate::node::Input;

/// The numbers of the nodes that `outputs` need, in an order in which they can run; nothing is asked for what `stops` at a
/// node. That a node only waits for another (`^name`) does not count: what it computes is the same.
///
/// # Errors
/// A node reads one that is not there, or its own output.
pub(super) fn order(
    graph: &Graph,
    names: &BTreeMap<&str, usize>,
    outputs: &[usize],
    stops: impl Fn(usize) -> bool,
) -> Result<Vec<usize>> {
    /// How far a node is.
    #[derive(Clone, Copy, PartialEq)]
    enum State {
        New,
        Open,
        Done,
    }
    let mut states = vec![State::New; graph.nodes.len()];
    let mut order = Vec::new();
    // Twice on the stack: first what it reads is put above it, then it is done.
    let mut stack: Vec<usize> = outputs.iter().rev().copied().collect();
    while let Some(&number) = stack.last() {
        let (Some(node), Some(state)) = (graph.nodes.get(number), states.get_mut(number)) else {
            stack.pop();
            continue;
        };
        match state {
            State::Done => {
                stack.pop();
            }
            State::Open => {
                *state = State::Done;
                order.push(number);
                stack.pop();
            }
            State::New => {
                *state = State::Open;
                if stops(number) {
                    continue;
                }
                for input in node.inputs()?.into_iter().rev() {
                    let Input {
                        node: name,
                        output: Some(_),
                    } = input
                    else {
                        continue;
                    };
                    let read = names.get(name).ok_or_else(|| {
                        let what = format!("it reads `{name}`, which is not there");
                        Error::new(node.place(), Problem::Malformed(what), "freeze the graph again")
                    })?;
                    match states.get(*read) {
                        Some(State::Open) => {
                            let hint = "loops are not lowered; cut the graph with --inputs and --outputs";
                            return Err(Error::new(node.place(), Problem::Cycle(name.to_owned()), hint));
                        }
                        Some(State::New) => stack.push(*read),
                        _ => {}
                    }
                }
            }
        }
    }
    Ok(order)
}
