//! A graph while it is changed: its nodes with the names that they read and make, and who reads and makes what.

use std::collections::{BTreeMap, BTreeSet};

use quant_ir::{Error, Problem, Result};

pub(super) use super::wired::Wired;
use super::wired::read_within;
use super::{sort, types};
use crate::attribute::Attribute;
use crate::data_type::DataType;
use crate::model::Model;
use crate::tensor::TensorProto;

/// The domain of onnxruntime's own operators.
pub(super) const MICROSOFT: &str = "com.microsoft";

/// A model while it is changed.
pub(super) struct Draft {
    /// The model without nodes and initializers.
    pub model: Model,
    pub nodes: Vec<Wired>,
    pub tensors: Vec<Option<TensorProto>>,
    pub index: BTreeMap<String, usize>,
    readers: BTreeMap<String, Vec<usize>>,
    makers: BTreeMap<String, Vec<usize>>,
    pub outputs: BTreeSet<String>,
    pub inputs: BTreeSet<String>,
    /// What subgraphs read.
    pub inner: BTreeSet<String>,
    /// Element types of the float model's values.
    pub types: BTreeMap<String, DataType>,
    /// The version of ONNX's own operators.
    pub opset: i64,
    /// All names of the float model's initializers.
    pub given: BTreeSet<String>,
}

impl Draft {
    pub(super) fn of(mut model: Model) -> Result<Self> {
        let Some(opset) = model.opset("") else {
            let problem = Problem::Missing("it says no version of ONNX's operators".into());
            return Err(Error::new("ModelProto", problem, "export the model again"));
        };
        if model.graph.has_sparse() {
            let hint = "export the model with dense initializers";
            return Err(super::words::unsupported("sparse initializers", hint));
        }
        let types = types::of(&model);
        let nodes: Vec<Wired> = std::mem::take(&mut model.graph.nodes)
            .into_iter()
            .map(Wired::of)
            .collect();
        let names = |infos: &[crate::ValueInfo]| infos.iter().map(|info| info.name().to_owned()).collect();
        let mut inner = BTreeSet::new();
        for wired in &nodes {
            read_within(&wired.node, &mut inner);
        }
        let mut draft = Self {
            inputs: names(&model.graph.inputs),
            outputs: names(&model.graph.outputs),
            tensors: Vec::new(),
            index: BTreeMap::new(),
            readers: BTreeMap::new(),
            makers: BTreeMap::new(),
            given: BTreeSet::new(),
            nodes: Vec::new(),
            inner,
            types,
            opset,
            model,
        };
        for tensor in std::mem::take(&mut draft.model.graph.initializers) {
            draft.given.insert(tensor.name().to_owned());
            draft.add_tensor(tensor);
        }
        for wired in nodes {
            draft.add(wired);
        }
        Ok(draft)
    }

    /// Adds a node behind the others.
    pub(super) fn add(&mut self, wired: Wired) {
        let at = self.nodes.len();
        for input in &wired.inputs {
            self.readers.entry(input.clone()).or_default().push(at);
        }
        for output in &wired.outputs {
            self.makers.entry(output.clone()).or_default().push(at);
        }
        self.nodes.push(wired);
    }

    /// Takes all nodes out; [`Self::add`] puts others in.
    pub(super) fn take_nodes(&mut self) -> Vec<Wired> {
        self.readers.clear();
        self.makers.clear();
        std::mem::take(&mut self.nodes)
    }

    /// Whether a node has a subgraph.
    pub(super) fn has_subgraphs(&self) -> bool {
        let graph = |attribute| matches!(attribute, Ok(Attribute::Graph(_) | Attribute::Graphs(_)));
        let mut nodes = self.nodes.iter();
        nodes.any(|wired| wired.node.attributes().any(|(_, attribute)| graph(attribute)))
    }

    /// How often nodes read a value, those of subgraphs not counted.
    pub(super) fn uses(&self, name: &str) -> usize {
        self.readers.get(name).map_or(0, Vec::len)
    }

    /// All nodes that read `old` read `new` from now on.
    pub(super) fn redirect(&mut self, old: &str, new: &str) {
        for at in self.readers.remove(old).unwrap_or_default() {
            rename(self.nodes.get_mut(at).map(|wired| &mut wired.inputs), old, new);
            self.readers.entry(new.to_owned()).or_default().push(at);
        }
    }

    /// One node that reads `old` reads `new` from now on.
    pub(super) fn redirect_one(&mut self, at: usize, old: &str, new: &str) {
        if let Some(readers) = self.readers.get_mut(old) {
            readers.retain(|reader| *reader != at);
        }
        rename(self.nodes.get_mut(at).map(|wired| &mut wired.inputs), old, new);
        self.readers.entry(new.to_owned()).or_default().push(at);
    }

    /// Whoever makes `old` makes `new` from now on.
    pub(super) fn rename_output(&mut self, old: &str, new: &str) {
        for at in self.makers.remove(old).unwrap_or_default() {
            rename(self.nodes.get_mut(at).map(|wired| &mut wired.outputs), old, new);
            self.makers.entry(new.to_owned()).or_default().push(at);
        }
    }

    /// The node that makes a value.
    pub(super) fn maker(&self, name: &str) -> Option<&Wired> {
        let at = self.makers.get(name)?.last()?;
        self.nodes.get(*at)
    }

    /// Drops initializers that nobody reads, and the inputs of their names.
    pub(super) fn clean(&mut self) {
        let mut read: BTreeSet<String> = self.inner.clone();
        for wired in self.nodes.iter().filter(|wired| !wired.gone) {
            read.extend(wired.inputs.iter().cloned());
        }
        read.extend(self.outputs.iter().cloned());
        for wired in self.nodes.iter().filter(|wired| !wired.gone) {
            for output in &wired.outputs {
                read.remove(output);
            }
        }
        let unread: Vec<String> = self
            .index
            .keys()
            .filter(|name| !read.contains(*name))
            .cloned()
            .collect();
        let unread: BTreeSet<String> = unread.into_iter().collect();
        for name in &unread {
            self.drop_tensor(name);
        }
        let inputs = &mut self.model.graph.inputs;
        inputs.retain(|info| !unread.contains(info.name()));
    }

    /// The model, its nodes in the order that they were added in.
    pub(super) fn unsorted(mut self) -> Model {
        let nodes = self.nodes.into_iter().filter(|wired| !wired.gone);
        self.model.graph.nodes = nodes.map(Wired::into_node).collect();
        self.model.graph.initializers = self.tensors.into_iter().flatten().collect();
        self.model
    }

    /// The model, its nodes in the order that onnxruntime sorts them into.
    ///
    /// A node stands behind what its subgraphs read; onnxruntime does not look into them.
    pub(super) fn finish(mut self, faithful: bool) -> Result<Model> {
        let mut nodes: Vec<Wired> = self.nodes.into_iter().filter(|wired| !wired.gone).collect();
        let made: BTreeSet<String> = nodes
            .iter()
            .flat_map(|wired| wired.outputs.iter().cloned())
            .collect();
        for wired in nodes.iter_mut().filter(|_| !faithful) {
            wired.captured = wired.read_within().intersection(&made).cloned().collect();
        }
        let tensors: Vec<TensorProto> = self.tensors.into_iter().flatten().collect();
        let graph = &mut self.model.graph;
        let given = tensors.iter().map(TensorProto::name);
        let order = sort::order(
            &nodes,
            given.chain(graph.inputs.iter().map(crate::ValueInfo::name)),
        )?;
        let mut nodes: Vec<Option<Wired>> = nodes.into_iter().map(Some).collect();
        let sorted = order.into_iter().filter_map(|at| nodes.get_mut(at)?.take());
        graph.nodes = sorted.map(Wired::into_node).collect();
        graph.initializers = tensors;
        // Before version 4 every initializer is an input, too, which the new ones are not.
        if !faithful && self.model.ir_version() < 4 {
            self.model.set_ir_version(4);
        }
        self.model.set_producer("onnx.quantize", "0.1.0");
        self.model.set_metadata("onnx.infer", "onnxruntime.quant");
        Ok(self.model)
    }
}

fn rename(names: Option<&mut Vec<String>>, old: &str, new: &str) {
    for name in names.into_iter().flatten().filter(|name| *name == old) {
        new.clone_into(name);
    }
}
