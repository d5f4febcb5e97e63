//! A node with its names apart, so that they can be changed.

use std::collections::BTreeSet;

use crate::attribute::Attribute;
use crate::graph::Graph;
use crate::node::Node;

/// A node while its graph is changed.
#[derive(Clone, Debug)]
pub(super) struct Wired {
    pub node: Node,
    pub inputs: Vec<String>,
    pub outputs: Vec<String>,
    /// What its subgraphs read of the graph around them.
    pub captured: Vec<String>,
    pub gone: bool,
}

impl Wired {
    pub(super) fn of(node: Node) -> Self {
        let names = |names: Vec<&str>| names.into_iter().map(str::to_owned).collect();
        Self {
            inputs: names(node.inputs()),
            outputs: names(node.outputs()),
            captured: Vec::new(),
            node,
            gone: false,
        }
    }

    /// A new node.
    pub(super) fn new(op: &str, name: &str, inputs: &[&str], outputs: &[&str]) -> Self {
        Self::of(Node::new(name, op, inputs, outputs))
    }

    /// The same in a domain.
    pub(super) fn of_domain(mut self, domain: &str) -> Self {
        self.node.set_domain(domain);
        self
    }

    /// The same with an attribute.
    pub(super) fn with(mut self, name: &str, value: &Attribute) -> Self {
        self.node.set(name, value);
        self
    }

    pub(super) fn input(&self, at: usize) -> &str {
        self.inputs.get(at).map_or("", String::as_str)
    }

    pub(super) fn output(&self, at: usize) -> &str {
        self.outputs.get(at).map_or("", String::as_str)
    }

    /// What its subgraphs read.
    pub(super) fn read_within(&self) -> BTreeSet<String> {
        let mut read = BTreeSet::new();
        read_within(&self.node, &mut read);
        read
    }

    /// The node with its names.
    pub(super) fn into_node(self) -> Node {
        let mut node = self.node;
        if node.inputs() != self.inputs {
            node.set_inputs(&self.inputs);
        }
        if node.outputs() != self.outputs {
            node.set_outputs(&self.outputs);
        }
        node
    }
}

/// Names that the subgraphs of a node read.
pub(super) fn read_within(node: &Node, read: &mut BTreeSet<String>) {
    for (_, attribute) in node.attributes() {
        let graphs = match attribute {
            Ok(Attribute::Graph(graph)) => vec![graph],
            Ok(Attribute::Graphs(graphs)) => graphs,
            _ => continue,
        };
        for graph in graphs {
            let graph = Graph::from_message(graph);
            read.extend(graph.outputs.iter().map(|info| info.name().to_owned()));
            for node in &graph.nodes {
                read.extend(node.inputs().into_iter().map(str::to_owned));
                read_within(node, read);
            }
        }
    }
}
