//! Graphs that operators run.

use quant_ir::{Graph, Model};
use quant_schema::{BuiltinOptions2T, BuiltinOptionsT};

/// Which graphs an operator of a graph runs.
pub fn called(model: &Model) -> Vec<bool> {
    let mut called = vec![false; model.graphs().len()];
    for op in model.graphs().iter().flat_map(Graph::operators) {
        let numbers = match (op.options.builtin(), op.options.newer()) {
            (BuiltinOptionsT::IfOptions(o), _) => vec![o.then_subgraph_index, o.else_subgraph_index],
            (BuiltinOptionsT::WhileOptions(o), _) => vec![o.cond_subgraph_index, o.body_subgraph_index],
            (BuiltinOptionsT::CallOnceOptions(o), _) => vec![o.init_subgraph_index],
            (_, BuiltinOptions2T::StableHLOCompositeOptions(o)) => vec![o.decomposition_subgraph_index],
            _ => continue,
        };
        for number in numbers
            .into_iter()
            .filter_map(|number| usize::try_from(number).ok())
        {
            if let Some(called) = called.get_mut(number) {
                *called = true;
            }
        }
    }
    called
}
