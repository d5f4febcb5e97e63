//! Inputs and outputs: those that were named, or those that the graph has.

use std::collections::{BTreeMap, BTreeSet};

use quant_ir::{DType, Error, Place, Problem, Result, TensorId};

use super::lowered::Lowered;
use super::named::{find, unread};
use super::order::order;
use crate::attribute::Attribute;
use crate::data_type::DataType;
use crate::graph::Graph;
use crate::node::Node;
use quant_lower::fuse;
use quant_lower::{Builder, Lowering, Stored};

/// An input of the model.
pub(super) struct InputTensor {
    pub shape: Vec<usize>,
    pub dtype: DType,
}

/// What goes in and comes out.
pub(super) struct Interface {
    /// By the number of the node.
    inputs: BTreeMap<usize, InputTensor>,
    /// The numbers of their nodes, in the order of the interface.
    order: Vec<usize>,
    /// Numbers of nodes, and which of their outputs.
    pub outputs: Vec<(usize, usize)>,
    notes: Vec<String>,
}

impl Interface {
    pub fn of(asked: &Lowering, graph: &Graph, names: &BTreeMap<&str, usize>) -> Result<Self> {
        let mut notes = Vec::new();
        let outputs: Vec<(usize, usize)> = if asked.outputs.is_empty() {
            let outputs = unread(graph, names)?;
            let named = outputs.iter().filter_map(|number| graph.nodes.get(*number));
            let named: Vec<String> = named.map(|node| format!("`{}`", node.name())).collect();
            notes.push(format!("outputs, since nothing reads them: {}", named.join(", ")));
            outputs.into_iter().map(|number| (number, 0)).collect()
        } else {
            asked
                .outputs
                .iter()
                .map(|name| find("output", name, names))
                .collect::<Result<_>>()?
        };
        let inputs: Vec<usize> = if asked.inputs.is_empty() {
            let placeholders = graph.nodes.iter().enumerate();
            let placeholders = placeholders.filter(|(_, node)| node.op() == "Placeholder");
            placeholders.map(|(number, _)| number).collect()
        } else {
            let inputs = asked.inputs.iter().map(|name| find("input", name, names));
            inputs
                .map(|found| found.map(|(number, _)| number))
                .collect::<Result<_>>()?
        };
        let given: BTreeSet<usize> = inputs.iter().copied().collect();
        let mut shapes = BTreeMap::new();
        for (name, shape) in &asked.shapes {
            let (number, _) = find("input", name, names)?;
            if !given.contains(&number) {
                let hint = "name it with --inputs, or leave its shape to the graph";
                let problem = Problem::Unsupported("it has a shape, and is no input".into());
                return Err(Error::new(Place::tensor("node", name), problem, hint));
            }
            shapes.insert(number, shape);
        }
        // What no output needs is no input of the model.
        let roots: Vec<usize> = outputs.iter().map(|(number, _)| *number).collect();
        let needed = order(graph, names, &roots, |number| given.contains(&number))?;
        let needed: BTreeSet<usize> = needed.into_iter().collect();
        let mut open = needed.iter().filter(|number| !given.contains(number));
        let open = open.find_map(|number| graph.nodes.get(*number).filter(|node| node.op() == "Placeholder"));
        if let Some(node) = open {
            let problem = Problem::Missing("it is not among the inputs that were named".into());
            return Err(Error::new(node.place(), problem, "name it with --inputs, too"));
        }
        let defaults = needed.iter().filter(|number| !given.contains(number));
        let defaults = defaults.filter_map(|number| graph.nodes.get(*number));
        for node in defaults.filter(|node| node.op() == "PlaceholderWithDefault") {
            notes.push(format!("`{}` has its default", node.name()));
        }
        let mut all = BTreeMap::new();
        let mut order = Vec::new();
        for number in inputs.into_iter().filter(|number| needed.contains(number)) {
            let Some(node) = graph.nodes.get(number) else {
                continue;
            };
            let input = input(
                node,
                shapes.get(&number).map(|shape| shape.as_slice()),
                &mut notes,
            );
            all.insert(number, input.map_err(|error| error.within(node.place()))?);
            order.push(number);
        }
        Ok(Self {
            inputs: all,
            order,
            outputs,
            notes,
        })
    }

    pub fn input(&self, number: usize) -> Option<&InputTensor> {
        self.inputs.get(&number)
    }

    pub fn is_input(&self, number: usize) -> bool {
        self.input(number).is_some()
    }

    /// The model, with inputs, outputs and names.
    pub fn finish(
        self,
        mut builder: Builder,
        graph: &Graph,
        made: &[Vec<Option<Stored>>],
        whole: bool,
    ) -> Result<Lowered> {
        let stored = |number: usize, output: usize| {
            let outputs = made.get(number);
            outputs.and_then(|outputs| outputs.get(output)).copied().flatten()
        };
        let mut inputs = Vec::new();
        for number in &self.order {
            inputs.extend(stored(*number, 0).map(|stored| stored.id));
        }
        let (mut outputs, mut output_names) = (Vec::new(), Vec::new());
        for (number, output) in &self.outputs {
            let Some(node) = graph.nodes.get(*number) else {
                continue;
            };
            let Some(stored) = stored(*number, *output) else {
                let problem = Problem::Unsupported(format!("its output {output} is not there"));
                return Err(Error::new(node.place(), problem, "name another output"));
            };
            let id = builder.own(stored).map_err(|error| error.within(node.place()))?;
            if builder.is_constant(id) {
                let problem = Problem::Unsupported("its value does not depend on the inputs".into());
                return Err(Error::new(
                    node.place(),
                    problem,
                    "name another output with --outputs",
                ));
            }
            let name = if *output == 0 {
                node.name().to_owned()
            } else {
                format!("{}:{output}", node.name())
            };
            if !inputs.contains(&id) && !outputs.contains(&id) {
                builder.rename(id, &name);
            }
            outputs.push(id);
            output_names.push(format!("{}:{output}", node.name()));
        }
        let mut tensors = BTreeMap::new();
        for (number, node) in graph.nodes.iter().enumerate() {
            let outputs = made.get(number).into_iter().flatten().enumerate();
            for (output, stored) in outputs.filter_map(|(output, stored)| Some((output, (*stored)?))) {
                if let Some(id) = builder.in_own_layout(stored) {
                    tensors.insert(format!("{}:{output}", node.name()), id);
                }
            }
        }
        let mut model = builder.model;
        model.main_mut().set_inputs(inputs)?;
        model.main_mut().set_outputs(outputs)?;
        if !whole {
            fuse(&mut model)?;
            let left = model.compact();
            let new = |id: TensorId| left.get(id.0).copied().flatten();
            let kept = tensors
                .into_iter()
                .filter_map(|(name, id)| Some((name, new(id)?)));
            tensors = kept.collect();
        }
        Ok(Lowered {
            tensors,
            model,
            outputs: output_names,
            notes: self.notes,
        })
    }
}

/// Type and shape of an input.
fn input(node: &Node, asked: Option<&[usize]>, notes: &mut Vec<String>) -> Result<InputTensor> {
    let found = node.data_type("dtype")?.or(node.data_type("T")?);
    let dtype = found
        .map_or(Some(DType::Float32), DataType::dtype)
        .ok_or_else(|| {
            let found = found.map(|found| found.to_string()).unwrap_or_default();
            Error::new(
                "",
                Problem::UnsupportedType(format!("an input of {found}")),
                "give numbers or bools",
            )
        })?;
    let said = match node.get("shape")? {
        Some(Attribute::Shape(shape)) => shape.0,
        _ => None,
    };
    if let Some(asked) = asked {
        let fits = said.as_ref().is_none_or(|said| {
            let same = |(said, asked): (&i64, &usize)| *said < 0 || usize::try_from(*said) == Ok(*asked);
            said.len() == asked.len() && said.iter().zip(asked).all(same)
        });
        if !fits {
            let said = said.unwrap_or_default();
            let problem = Problem::Shape(format!(
                "the shape {asked:?} is asked for, the graph has {said:?}"
            ));
            return Err(Error::new("", problem, "−1 takes any size"));
        }
        return Ok(InputTensor {
            shape: asked.to_vec(),
            dtype,
        });
    }
    let open = |what: String| {
        let hint = format!("say it with --input-shape {}:1,…", node.name());
        Error::new("", Problem::Unsupported(what), hint)
    };
    let said = said.ok_or_else(|| open("its shape is open".to_owned()))?;
    let mut shape = Vec::with_capacity(said.len());
    for (at, size) in said.iter().enumerate() {
        match usize::try_from(*size) {
            Ok(size) => shape.push(size),
            Err(_) if at == 0 => {
                notes.push(format!("`{}` has an open batch, which is 1 here", node.name()));
                shape.push(1);
            }
            Err(_) => return Err(open(format!("its shape is {said:?}, open beyond the batch"))),
        }
    }
    Ok(InputTensor { shape, dtype })
}
