//! Graphs that the main one calls: which there are, and what goes into them.

use quant_schema::{BuiltinOptions2T, BuiltinOptionsT};

use crate::ops;
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::value::Value;
use quant_ir::{DType, Graph, Model, Operator};

/// The numbers of the graphs that an operator calls.
pub fn called(op: &Operator) -> Vec<i32> {
    match op.options.builtin() {
        BuiltinOptionsT::IfOptions(o) => vec![o.then_subgraph_index, o.else_subgraph_index],
        BuiltinOptionsT::WhileOptions(o) => vec![o.cond_subgraph_index, o.body_subgraph_index],
        BuiltinOptionsT::CallOnceOptions(o) => vec![o.init_subgraph_index],
        _ => match op.options.newer() {
            BuiltinOptions2T::StableHLOCompositeOptions(o) => vec![o.decomposition_subgraph_index],
            _ => Vec::new(),
        },
    }
}

/// Calls `prepare` once with the number of each graph that the main one reaches; others (of further signatures) may
/// hold anything.
///
/// # Errors
/// A number of no graph; the first of `prepare`.
pub(super) fn each_reached(model: &Model, mut prepare: impl FnMut(usize) -> Result<()>) -> Result<()> {
    let mut seen = vec![false; model.graphs().len()];
    let mut open = vec![0];
    while let Some(from) = open.pop() {
        let graph = &model.graphs()[from];
        for op in graph.operators() {
            for number in called(op) {
                let to = usize::try_from(number).ok().filter(|to| *to < seen.len());
                let to = to.ok_or_else(|| {
                    Error::new(
                        ops::place(graph, op),
                        Problem::NoGraph(number),
                        "convert the model again",
                    )
                })?;
                if !std::mem::replace(&mut seen[to], true) {
                    prepare(to).map_err(|error: Error| error.within(Place::number("subgraph", to)))?;
                    open.push(to);
                }
            }
        }
    }
    Ok(())
}

/// Refuses inputs of another number or type than a called graph's; shapes are what the caller has.
pub(super) fn check_called(graph: &Graph, inputs: &[Value]) -> Result<()> {
    let fits = |(id, value): (&quant_ir::TensorId, &Value)| {
        let wanted = graph.tensor(*id).dtype;
        // The handle of a resource is a number.
        wanted == value.dtype() || (wanted == DType::Resource && value.dtype() == DType::Int32)
    };
    if graph.inputs().len() == inputs.len() && graph.inputs().iter().zip(inputs).all(fits) {
        return Ok(());
    }
    let types = |types: Vec<DType>| types.iter().map(DType::to_string).collect::<Vec<_>>().join(", ");
    Err(Error::new(
        "",
        Problem::Type(format!(
            "it takes ({}), and is called with ({})",
            types(graph.inputs().iter().map(|id| graph.tensor(*id).dtype).collect()),
            types(inputs.iter().map(Value::dtype).collect())
        )),
        "convert the model again",
    ))
}
