//! The way through the graph, node by node.

use std::collections::BTreeMap;

use quant_ir::{Error, Problem, Result, TensorId};

use super::interface::Interface;
use super::lowered::Lowered;
use super::op::Op;
use super::{control, inline, order, table};
use crate::graph::Graph;
use crate::node::Node;
use crate::tensor::Tensor;
use quant_lower::{Builder, Lowering, Stored};
use quant_protobuf::array::Elements;

impl Graph {
    /// What of it is asked for, as a model.
    ///
    /// # Errors
    /// `UnknownName`: an input or output that is not there; `Unsupported`: a node on the way that has no counterpart, a
    /// loop, an input whose shape nobody says; what the nodes' own rules refuse.
    pub fn lower(&self, asked: &Lowering) -> Result<Lowered> {
        let graph = &*inline::functions(self)?;
        let names = graph.names()?;
        let mut builder = Builder::new(names.keys().copied(), !asked.whole);
        builder.outline = asked.outline;
        let interface = Interface::of(asked, graph, &names)?;
        let roots: Vec<usize> = interface.outputs.iter().map(|(number, _)| *number).collect();
        let order = order::order(graph, &names, &roots, |number| interface.is_input(number))?;
        let mut made: Vec<Vec<Option<Stored>>> = vec![Vec::new(); graph.nodes.len()];
        for number in order {
            let Some(node) = graph.nodes.get(number) else {
                continue;
            };
            let outputs = lower_node(&mut builder, &interface, (number, node), &names, &made);
            let outputs = outputs.map_err(|error| error.within(node.place()))?;
            if let Some(slot) = made.get_mut(number) {
                *slot = outputs;
            }
        }
        interface.finish(builder, graph, &made, asked.whole || asked.outline)
    }
}

fn lower_node(
    builder: &mut Builder,
    interface: &Interface,
    (number, node): (usize, &Node),
    names: &BTreeMap<&str, usize>,
    made: &[Vec<Option<Stored>>],
) -> Result<Vec<Option<Stored>>> {
    let whole = |id| {
        vec![Some(Stored {
            id,
            channels_last: false,
        })]
    };
    if let Some(input) = interface.input(number) {
        return Ok(whole(builder.tensor(node.name(), input.dtype, &input.shape)?));
    }
    if node.op() == "Const" {
        return constant(builder, node).map(whole);
    }
    let mut inputs = Vec::new();
    for input in node.inputs()? {
        let Some(output) = input.output else {
            continue;
        };
        let of = names.get(input.node).and_then(|number| made.get(*number));
        let stored = of.and_then(|outputs| outputs.get(output)).ok_or_else(|| {
            let what = format!("it reads output {output} of `{}`, which no model has", input.node);
            Error::new(
                "",
                Problem::Unsupported(what),
                "cut the graph with --inputs and --outputs",
            )
        })?;
        inputs.push(*stored);
    }
    if let Some(outputs) = control::lower(builder, node, &inputs)? {
        return Ok(outputs);
    }
    let inputs: Vec<Stored> = inputs.into_iter().flatten().collect();
    if node.op() == "PlaceholderWithDefault" {
        return Ok(inputs.into_iter().map(Some).collect());
    }
    let lower = table::find(node.op()).ok_or_else(|| {
        let what = match node.op() {
            "If" | "StatelessIf" => "its condition is computed when the graph runs",
            _ => "this operator is not lowered",
        };
        let what = what.to_owned();
        let hint = "docs/tensorflow.md lists those that are; cut the graph with --inputs and --outputs";
        Error::new("", Problem::Unsupported(what), hint)
    })?;
    let outputs = lower(&mut Op::new(node, inputs, builder))?;
    Ok(outputs.into_iter().map(Some).collect())
}

fn constant(builder: &mut Builder, node: &Node) -> Result<TensorId> {
    let tensor = node.tensor("value")?;
    let missing = || {
        Error::new(
            "",
            Problem::Missing("it has no `value`".into()),
            "freeze the graph again",
        )
    };
    let Tensor {
        data_type,
        shape,
        elements,
    } = tensor.ok_or_else(missing)?;
    if let (Some(dtype), Elements::Numbers(bytes)) = (data_type.dtype(), elements) {
        return builder.constant(node.name(), dtype, &shape, bytes);
    }
    let problem = Problem::UnsupportedType(format!("a constant of {data_type}"));
    Err(Error::new("", problem, "numbers and bools are lowered"))
}
