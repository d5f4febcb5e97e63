//! Graphs with other names: rounds of a loop, and functions where they are called.

use std::collections::BTreeMap;

use quant_protobuf::message::Message;

use crate::attribute::Attribute;
use crate::graph::Graph;
use crate::node::Node;
use crate::tensor::TensorProto;
use crate::value_info::ValueInfo;

/// Old names and new ones.
type Names = BTreeMap<String, String>;

/// The graph with `within/` before every name of its own; what it reads of the graph around it keeps its name.
pub(super) fn renamed(graph: &Graph, within: &str) -> Graph {
    let mut names = Names::new();
    let made = graph.nodes.iter().flat_map(Node::outputs);
    let own = made.chain(graph.inputs.iter().map(ValueInfo::name));
    let own = own.chain(graph.initializers.iter().map(TensorProto::name));
    for name in own.filter(|name| !name.is_empty()) {
        names.insert(name.to_owned(), format!("{within}/{name}"));
    }
    let mut graph = graph.clone();
    rename(&mut graph, &names);
    for node in &mut graph.nodes {
        let name = format!("{within}/{}", node.name());
        node.set_name(&name);
    }
    graph
}

fn rename(graph: &mut Graph, names: &Names) {
    for info in graph.inputs.iter_mut().chain(&mut graph.outputs) {
        if let Some(new) = names.get(info.name()) {
            info.set_name(&new.clone());
        }
    }
    for tensor in &mut graph.initializers {
        if let Some(new) = names.get(tensor.name()) {
            tensor.set_name(&new.clone());
        }
    }
    graph.nodes.iter_mut().for_each(|node| rename_node(node, names));
}

/// Gives what a node reads and makes other names, in graphs within it, too.
pub(super) fn rename_node(node: &mut Node, names: &Names) {
    let new = |name: &str| names.get(name).cloned().unwrap_or_else(|| name.to_owned());
    let inputs: Vec<String> = node.inputs().into_iter().map(new).collect();
    let outputs: Vec<String> = node.outputs().into_iter().map(new).collect();
    node.set_inputs(&inputs);
    node.set_outputs(&outputs);
    let graphs: Vec<(String, Message)> = node
        .attributes()
        .filter_map(|(name, attribute)| match attribute {
            Ok(Attribute::Graph(graph)) => Some((name.to_owned(), graph)),
            _ => None,
        })
        .collect();
    for (name, message) in graphs {
        let mut graph = Graph::from_message(message);
        rename(&mut graph, names);
        node.set(&name, &Attribute::Graph(graph.to_message()));
    }
}
