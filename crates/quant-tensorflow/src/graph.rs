//! A graph as data: nodes, and what stands beside them.

use std::collections::BTreeMap;

use quant_ir::{Bytes, Error, Problem, Result};

use crate::message::{Field, Message, Value};
use crate::node::Node;
use crate::schema::GRAPH_DEF;
use crate::{pbtxt, wire};

/// A graph (`graph.proto`). What it is read from is what it is written as, until somebody changes it.
///
/// ```
/// use quant_tensorflow::{Graph, Node, Tensor};
///
/// let mut graph = Graph::default();
/// graph.nodes.push(Node::constant("weights", Tensor::floats(&[2], &[0.5, -1.0])));
/// graph.nodes.push(Node::new("y", "Identity", &["weights"]));
///
/// let text = graph.to_text()?;
/// let graph = Graph::from_text(&text)?;
/// let weights = graph.nodes[0].tensor("value")?.unwrap();
/// assert_eq!(weights.to_floats(), Some(vec![0.5, -1.0]));
/// assert_eq!(Graph::from_bytes(graph.to_bytes()?)?, graph);
/// # Ok::<(), quant_ir::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Graph {
    /// The nodes, in the order of the file, which need not be that of their execution.
    pub nodes: Vec<Node>,
    /// Versions, functions and what is not known, each with the number of nodes before it.
    others: Vec<(usize, Field)>,
}

mod field {
    pub const NODE: u32 = 1;
    pub const LIBRARY: u32 = 2;
    pub const FUNCTION: u32 = 1;
    pub const SIGNATURE: u32 = 1;
}

impl Graph {
    /// Reads the binary form.
    ///
    /// # Errors
    /// Those of [`wire::read`].
    pub fn from_bytes(bytes: impl Into<Bytes>) -> Result<Self> {
        let hint = "freeze the graph again; a SavedModel or a checkpoint is no GraphDef";
        let message = wire::read(&bytes.into(), &GRAPH_DEF, hint)?;
        Ok(Self::from_message(message))
    }

    /// Reads the text form.
    ///
    /// # Errors
    /// Those of [`pbtxt::read`].
    pub fn from_text(text: &str) -> Result<Self> {
        Ok(Self::from_message(pbtxt::read(text, &GRAPH_DEF)?))
    }

    fn from_message(message: Message) -> Self {
        let mut graph = Self::default();
        for field in message.fields {
            match field.value {
                Value::Message(node) if field.number == field::NODE => graph.nodes.push(Node(node)),
                value => {
                    let number = field.number;
                    graph.others.push((graph.nodes.len(), Field { number, value }));
                }
            }
        }
        graph
    }

    fn to_message(&self) -> Message {
        let mut message = Message::default();
        let mut others = self.others.iter().peekable();
        for (number, node) in self.nodes.iter().enumerate() {
            while let Some((_, field)) = others.next_if(|(before, _)| *before <= number) {
                message.fields.push(field.clone());
            }
            message.push(field::NODE, Value::Message(node.0.clone()));
        }
        message.fields.extend(others.map(|(_, field)| field.clone()));
        message
    }

    /// The binary form.
    ///
    /// # Errors
    /// It takes 2 GiB or more.
    pub fn to_bytes(&self) -> Result<Vec<u8>> {
        wire::write(&self.to_message())
    }

    /// The text form.
    ///
    /// # Errors
    /// A field holds what its type cannot.
    pub fn to_text(&self) -> Result<String> {
        pbtxt::write(&self.to_message(), &GRAPH_DEF)
    }

    /// The number of each node by its name.
    ///
    /// # Errors
    /// A node without a name, or two of one.
    pub fn names(&self) -> Result<BTreeMap<&str, usize>> {
        let mut names = BTreeMap::new();
        for (number, node) in self.nodes.iter().enumerate() {
            let hint = "freeze the graph again";
            if node.name().is_empty() {
                let place = format!("node {number}");
                return Err(Error::new(
                    place,
                    Problem::Malformed("it has no name".into()),
                    hint,
                ));
            }
            if names.insert(node.name(), number).is_some() {
                let what = "another node has the same name".to_owned();
                return Err(Error::new(node.place(), Problem::Duplicate(what), hint));
            }
        }
        Ok(names)
    }

    /// The node of a name, by a walk over all; [`Graph::names`] finds many.
    pub fn find(&self, name: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.name() == name)
    }

    /// The functions of its library, by name; each as its message.
    pub fn functions(&self) -> BTreeMap<&str, &Message> {
        let libraries = self.others.iter().filter_map(|(_, field)| match &field.value {
            Value::Message(library) if field.number == field::LIBRARY => Some(library),
            _ => None,
        });
        let functions = libraries.flat_map(|library| library.messages(field::FUNCTION));
        let named = functions.map(|function| {
            let signature = function.message(field::SIGNATURE);
            (signature.map_or("", |signature| signature.text(1)), function)
        });
        named.collect()
    }
}
