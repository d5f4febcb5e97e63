//! The way through the graph, node by node.

use std::collections::{BTreeMap, BTreeSet};

use quant_ir::{Error, Problem, Result, TensorId};
use quant_lower::{Builder, Lowering, Stored};
use quant_protobuf::message::Message;

use super::functions::{self, Function};
use super::interface::Interface;
use super::lowered::Lowered;
use super::op::Op;
use super::state::{GraphLowering, Values};
use super::stored::constant;
use super::table;
use crate::graph::Graph;
use crate::model::Model;
use crate::node::Node;
use crate::tensor::TensorProto;

/// The first opset whose rules these are.
const OLDEST: i64 = 7;

impl Model {
    /// What of it is asked for, as a model.
    ///
    /// # Errors
    /// `UnknownName`: an input or output that is not there; `Unsupported`: a node on the way that has no counterpart, an
    /// input whose shape nobody says; what the nodes' own rules refuse.
    pub fn lower(&self, asked: &Lowering) -> Result<Lowered> {
        let graph = &self.graph;
        if graph.has_sparse() {
            let problem = Problem::Unsupported("sparse initializers".into());
            return Err(Error::new("", problem, "make them dense"));
        }
        if graph.outputs.is_empty() && asked.outputs.is_empty() {
            let problem = Problem::Missing("it has no outputs".into());
            return Err(Error::new("the graph", problem, "export the model again"));
        }
        let opset = self.opset("").unwrap_or(1);
        let own = graph.nodes.iter().any(|node| node.domain().is_empty());
        if own && opset < OLDEST {
            let problem = Problem::Unsupported(format!(
                "operators of opset {opset}, which broadcast by other rules"
            ));
            let hint = "convert it with onnx.version_converter to opset 13";
            return Err(Error::new("the model", problem, hint));
        }
        let mut names = BTreeSet::new();
        names_of(&graph.to_message(), &mut names);
        let mut builder = Builder::new(names.iter().map(String::as_str), true);
        if asked.whole {
            // A model that is only run is no file, and may have what the ONNX model has, in its own order besides.
            let given = graph.initializers.iter().map(TensorProto::byte_length);
            let given = given.fold(0usize, usize::saturating_add);
            builder.room = builder.room.saturating_add(given.saturating_mul(2));
        }
        let interface = Interface::of(asked, graph)?;
        let mut lowering = GraphLowering {
            opsets: self
                .opsets()
                .into_iter()
                .map(|set| (set.domain, set.version))
                .collect(),
            functions: functions::of(self)?,
            integers: BTreeMap::new(),
            parts: BTreeMap::new(),
            dynamic: asked.dynamic,
            depth: 0,
            builder,
        };
        let mut values = Values::new();
        for (name, (dtype, shape)) in &interface.inputs {
            let id = lowering.builder.tensor(name, *dtype, shape)?;
            values.insert(name.clone(), stored(id));
        }
        lowering.graph(graph, &mut values, &interface.outputs)?;
        if let Some(name) = interface
            .outputs
            .iter()
            .find(|name| lowering.integers.contains_key(*name))
        {
            let problem = Problem::Unsupported("an output of quantized integers".into());
            let hint = "name the float value in front of it or behind it with --outputs";
            return Err(Error::new(quant_ir::Place::tensor("output", name), problem, hint));
        }
        interface.finish(lowering.builder, &values, asked.whole)
    }
}

fn stored(id: TensorId) -> Stored {
    Stored {
        id,
        channels_last: false,
    }
}

impl GraphLowering {
    /// Lowers what the outputs need; `values` has the inputs, and what a graph around this one has.
    pub fn graph(&mut self, graph: &Graph, values: &mut Values, outputs: &[String]) -> Result<()> {
        let needed = needed(graph, values, outputs);
        let initializers: BTreeMap<&str, &TensorProto> = graph
            .initializers
            .iter()
            .map(|tensor| (tensor.name(), tensor))
            .collect();
        for name in outputs {
            self.initializer(&initializers, values, name)?;
        }
        for (node, _) in graph.nodes.iter().zip(needed).filter(|(_, needed)| *needed) {
            for name in node.inputs().into_iter().filter(|name| !name.is_empty()) {
                self.initializer(&initializers, values, name)?;
            }
            if has_graphs(node) {
                let mut names = BTreeSet::new();
                names_of(&node.0, &mut names);
                for name in names {
                    self.initializer(&initializers, values, &name)?;
                }
            }
            self.node(node, values)
                .map_err(|error| error.within(node.place()))?;
        }
        self.check_parts(outputs, values)
    }

    /// Makes a constant of an initializer when somebody asks for it.
    fn initializer(
        &mut self,
        initializers: &BTreeMap<&str, &TensorProto>,
        values: &mut Values,
        name: &str,
    ) -> Result<()> {
        if values.contains_key(name) {
            return Ok(());
        }
        if let Some(tensor) = initializers.get(name) {
            let id = constant(&mut self.builder, name, tensor.tensor()?)
                .map_err(|error| error.within(tensor.place()))?;
            values.insert(name.to_owned(), stored(id));
        }
        Ok(())
    }

    fn node(&mut self, node: &Node, values: &mut Values) -> Result<()> {
        let mut inputs = Vec::new();
        for name in node.inputs() {
            if name.is_empty() {
                inputs.push(None);
                continue;
            }
            let found = values.get(name).copied().ok_or_else(|| {
                let what = format!("it reads `{name}`, which nothing makes before it");
                Error::new("", Problem::Unsupported(what), "export the model again")
            })?;
            inputs.push(Some(found));
        }
        if let Some(outputs) = self.quantized_at_run(node, &inputs)? {
            name_outputs(node, outputs, values);
            return Ok(());
        }
        if let Some(outputs) = self.quantized(node, &inputs, values)? {
            name_outputs(node, outputs, values);
            return Ok(());
        }
        if let Some(outputs) = self.control(node, &inputs, values)? {
            name_outputs(node, outputs, values);
            return Ok(());
        }
        let key = (node.domain().to_owned(), node.op().to_owned());
        if let Some(function) = self.functions.get(&key).cloned() {
            return self.call(&function, node, values);
        }
        let opset = self.opsets.get(node.domain()).copied();
        let lower = table::find(node.domain(), node.op()).ok_or_else(|| {
            let what = "this operator is not lowered".to_owned();
            let hint = "docs/onnx.md lists those that are; cut the model with --inputs and --outputs";
            Error::new("", Problem::Unsupported(what), hint)
        })?;
        let outputs = lower(&mut Op::new(node, opset.unwrap_or(1), inputs, &mut self.builder))?;
        name_outputs(node, outputs, values);
        Ok(())
    }

    /// The version of a domain's operators.
    pub fn opset(&self, domain: &str) -> i64 {
        self.opsets.get(domain).copied().unwrap_or(1)
    }

    /// Takes ONNX's own operators at another version; that before.
    pub fn set_opset(&mut self, version: i64) -> Option<i64> {
        self.opsets.insert(String::new(), version)
    }

    /// The nodes of a function in the place of its call.
    fn call(&mut self, function: &Function, node: &Node, values: &mut Values) -> Result<()> {
        function.check(node)?;
        let first = node.outputs().first().map(|name| (*name).to_owned());
        let label = if node.name().is_empty() {
            first.unwrap_or_default()
        } else {
            node.name().to_owned()
        };
        let body = function.body(node, &label, self.depth)?;
        let around = std::mem::replace(&mut self.opsets, function.opsets.clone());
        self.depth = self.depth.saturating_add(1);
        let done = body.iter().try_for_each(|node| {
            self.node(node, values)
                .map_err(|error| error.within(node.place()))
        });
        self.depth = self.depth.saturating_sub(1);
        self.opsets = around;
        done
    }
}

fn name_outputs(node: &Node, outputs: Vec<Stored>, values: &mut Values) {
    let named = node.outputs().into_iter().zip(outputs);
    for (name, output) in named.filter(|(name, _)| !name.is_empty()) {
        values.insert(name.to_owned(), output);
    }
}

/// Which nodes the outputs need, of those that are not there already.
fn needed(graph: &Graph, values: &Values, outputs: &[String]) -> Vec<bool> {
    let mut wanted: BTreeSet<String> = outputs.iter().cloned().collect();
    let mut needed: Vec<bool> = Vec::new();
    for node in graph.nodes.iter().rev() {
        let makes = |name: &&str| wanted.contains(*name) && !values.contains_key(*name);
        let found = node.outputs().iter().any(makes);
        if found {
            names_of(&node.0, &mut wanted);
        }
        needed.push(found);
    }
    needed.reverse();
    needed
}

/// Every text of a message and what it holds: the names of values, with other texts among them.
fn names_of(message: &Message, names: &mut BTreeSet<String>) {
    use quant_protobuf::message::Value;
    for field in &message.fields {
        match &field.value {
            Value::Bytes(bytes) if bytes.len() < 4096 => {
                names.extend(std::str::from_utf8(bytes).ok().map(str::to_owned));
            }
            Value::Message(inner) => names_of(inner, names),
            _ => {}
        }
    }
}

/// Whether a node has graphs within, which read values that the node does not name.
fn has_graphs(node: &Node) -> bool {
    matches!((node.domain(), node.op()), ("", "If" | "Loop"))
}
