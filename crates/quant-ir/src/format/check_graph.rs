//! What a graph must be so that it can run: operands that exist, one producer for each tensor, execution order.
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use crate::buffer::content;
use crate::error::{Error, Problem, Result};
use crate::{Buffer, Operator, Tensor, TensorId};

use super::CONVERT;

/// A graph to be checked.
#[derive(Clone, Copy)]
pub struct View<'a> {
    pub tensors: &'a [Tensor],
    pub inputs: &'a [TensorId],
    pub outputs: &'a [TensorId],
    pub operators: &'a [Operator],
}

/// Checks the operators of a graph, and its interface.
///
/// # Errors
/// An index that names nothing, an operator without outputs, a tensor that is made twice (by two operators, or by one
/// and the caller or the file), operators that wait for each other, or that stand before what they read.
pub fn check(buffers: &[Buffer], graph: View<'_>) -> Result<()> {
    let count = graph.tensors.len();
    for (what, list) in [("input", graph.inputs), ("output", graph.outputs)] {
        if let Some(id) = list.iter().find(|id| id.0 >= count) {
            let what_is_wrong = format!("tensor {} does not exist", id.0);
            return Err(Error::new(
                format!("graph {what}"),
                Problem::Malformed(what_is_wrong),
                CONVERT,
            ));
        }
    }
    for (index, op) in graph.operators.iter().enumerate() {
        operands(op, count).map_err(|error| error.within(place(index, op)))?;
    }
    let makers = makers(buffers, graph)?;
    order(graph, &makers)
}

fn place(index: usize, op: &Operator) -> String {
    format!("operator {index} ({})", op.code.builtin)
}

/// Every operand is a tensor, and there is an output.
fn operands(op: &Operator, count: usize) -> Result<()> {
    let mut ids = op.inputs.iter().flatten().chain(&op.outputs);
    if let Some(id) = ids.find(|id| id.0 >= count) {
        let what = format!("tensor {} does not exist", id.0);
        return Err(Error::new("", Problem::Malformed(what), CONVERT));
    }
    // −1 stands for one that is absent.
    let exists = |number: i32| number == -1 || usize::try_from(number).is_ok_and(|number| number < count);
    if let Some(number) = op.intermediates.iter().flatten().find(|number| !exists(**number)) {
        let what = format!("intermediate tensor {number} does not exist");
        return Err(Error::new("", Problem::Malformed(what), CONVERT));
    }
    Ok(())
}

/// For each tensor the operator that makes it.
fn makers(buffers: &[Buffer], graph: View<'_>) -> Result<Vec<Option<usize>>> {
    let mut makers = vec![None; graph.tensors.len()];
    let mut given = vec![false; graph.tensors.len()];
    for id in graph.inputs {
        given.get_mut(id.0).into_iter().for_each(|given| *given = true);
    }
    for (index, op) in graph.operators.iter().enumerate() {
        for id in &op.outputs {
            let Some(tensor) = graph.tensors.get(id.0) else {
                continue;
            };
            let wrong = |what: String| Err(Error::new(place(index, op), Problem::Malformed(what), CONVERT));
            let name = &tensor.name;
            if given.get(id.0) == Some(&true) {
                return wrong(format!(
                    "its output `{name}` is a graph input, so it is made twice"
                ));
            }
            if content(buffers, tensor.buffer).is_some() {
                return wrong(format!("its output `{name}` is a constant of the file"));
            }
            if let Some(maker) = makers.get_mut(id.0)
                && let Some(other) = maker.replace(index)
            {
                return wrong(format!(
                    "`{name}` is made twice: operator {other} makes it already"
                ));
            }
        }
    }
    Ok(makers)
}

/// Every operator stands behind those whose outputs it reads. A variable keeps what an earlier run made.
fn order(graph: View<'_>, makers: &[Option<usize>]) -> Result<()> {
    let maker = |id: TensorId| {
        makers
            .get(id.0)
            .copied()
            .flatten()
            .filter(|_| graph.tensors.get(id.0).is_some_and(|tensor| !tensor.is_variable))
    };
    for (index, op) in graph.operators.iter().enumerate() {
        for id in op.inputs.iter().flatten() {
            let Some(later) = maker(*id).filter(|maker| *maker >= index) else {
                continue;
            };
            let name = graph.tensors.get(id.0).map_or("", |tensor| &tensor.name);
            if reaches(graph, &maker, later, index) {
                return Err(Error::new(
                    place(index, op),
                    Problem::Cycle(name.to_owned()),
                    CONVERT,
                ));
            }
            return Err(Error::new(
                place(index, op),
                Problem::Order(format!("it reads `{name}` before operator {later} makes it")),
                "list operators in execution order",
            ));
        }
    }
    Ok(())
}

/// Whether operator `from` needs, over any number of others, an output of operator `to`.
fn reaches(graph: View<'_>, maker: &dyn Fn(TensorId) -> Option<usize>, from: usize, to: usize) -> bool {
    let mut seen = vec![false; graph.operators.len()];
    let mut open = vec![from];
    while let Some(index) = open.pop() {
        if index == to {
            return true;
        }
        let Some(op) = graph.operators.get(index) else {
            continue;
        };
        if seen
            .get_mut(index)
            .is_none_or(|seen| std::mem::replace(seen, true))
        {
            continue;
        }
        open.extend(op.inputs.iter().flatten().filter_map(|id| maker(*id)));
    }
    false
}
