//! Who makes and who reads what, by number of node.

use std::collections::BTreeMap;

use quant_ir::{Error, Problem, Result};
use quant_tensorflow::{Graph, Input, Node};

/// Nodes by name, with their readers. Of a graph as it was when this was made.
pub(crate) struct Index {
    names: BTreeMap<String, usize>,
    /// For each node, the nodes that read an output of it or wait for it; as often as they do.
    readers: Vec<Vec<usize>>,
}

impl Index {
    /// Of a graph.
    ///
    /// # Errors
    /// Two nodes of one name, an input that no node makes.
    pub fn of(graph: &Graph) -> Result<Self> {
        let names: BTreeMap<String, usize> = graph
            .names()?
            .into_iter()
            .map(|(name, number)| (name.to_owned(), number))
            .collect();
        let mut readers = vec![Vec::new(); graph.nodes.len()];
        for (number, node) in graph.nodes.iter().enumerate() {
            for input in node.inputs()? {
                let Some(producer) = names.get(input.node) else {
                    let what = format!("its input `{input}` is no node of the graph");
                    return Err(Error::new(
                        node.place(),
                        Problem::Malformed(what),
                        "freeze the graph again",
                    ));
                };
                readers[*producer].push(number);
            }
        }
        Ok(Self { names, readers })
    }

    /// A node that replaced the one of a number under another name; who read that one reads it.
    pub fn rename(&mut self, old: &str, new: &str, number: usize) {
        self.names.remove(old);
        self.names.insert(new.to_owned(), number);
    }

    /// A node that was put behind the others, and who reads it.
    pub fn add(&mut self, name: &str, reader: usize) {
        self.names.insert(name.to_owned(), self.readers.len());
        self.readers.push(vec![reader]);
    }

    /// A node that was dropped; who read it reads another one.
    pub fn drop(&mut self, name: &str, into: usize) {
        if let Some(number) = self.names.remove(name) {
            self.readers[into] = std::mem::take(&mut self.readers[number]);
        }
    }

    /// The number of a node.
    pub fn number(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    /// Who reads a node.
    pub fn readers(&self, number: usize) -> &[usize] {
        &self.readers[number]
    }

    /// Names of all nodes.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.names.keys().map(String::as_str)
    }

    /// The node that makes an input of `node`, when it is its output 0.
    pub fn producer(&self, node: &Node, input: usize) -> Option<usize> {
        let name = node.input_names().nth(input)?;
        let input = Input::parse(name).ok()?;
        (input.output == Some(0))
            .then(|| self.number(input.node))
            .flatten()
    }
}
