//! Functions of a model: a call becomes the nodes of the function.

use std::collections::BTreeMap;

use quant_ir::{Error, Problem, Result};
use quant_protobuf::message::Message;

use super::rename::rename_node;
use crate::attribute::Attribute;
use crate::model::{Model, OperatorSet};
use crate::node::Node;

/// Functions within functions.
const MAX_DEPTH: usize = 32;

/// A function of a model (`FunctionProto`).
#[derive(Clone, Debug)]
pub(super) struct Function {
    inputs: Vec<String>,
    outputs: Vec<String>,
    nodes: Vec<Node>,
    defaults: Vec<(String, Attribute)>,
    /// The versions of the operators in it.
    pub opsets: BTreeMap<String, i64>,
}

/// Functions by domain and name.
pub(super) type Functions = BTreeMap<(String, String), Function>;

mod field {
    pub const NAME: u32 = 1;
    pub const INPUT: u32 = 4;
    pub const OUTPUT: u32 = 5;
    pub const NODE: u32 = 7;
    pub const OPSET: u32 = 9;
    pub const DOMAIN: u32 = 10;
    pub const DEFAULT: u32 = 11;
}

/// All functions of a model.
pub(super) fn of(model: &Model) -> Result<Functions> {
    let mut functions = Functions::new();
    for message in model.functions() {
        let texts = |number| message.texts(number).map(str::to_owned).collect();
        let mut defaults = Vec::new();
        for attribute in message.messages(field::DEFAULT) {
            defaults.push((attribute.text(1).to_owned(), Attribute::from_message(attribute)?));
        }
        let opsets = message.messages(field::OPSET).map(OperatorSet::of);
        let function = Function {
            inputs: texts(field::INPUT),
            outputs: texts(field::OUTPUT),
            nodes: message.messages(field::NODE).cloned().map(Node).collect(),
            defaults,
            opsets: opsets.map(|set| (set.domain, set.version)).collect(),
        };
        functions.insert(key(message), function);
    }
    Ok(functions)
}

fn key(message: &Message) -> (String, String) {
    let domain = match message.text(field::DOMAIN) {
        "ai.onnx" => "",
        domain => domain,
    };
    (domain.to_owned(), message.text(field::NAME).to_owned())
}

impl Function {
    /// Its nodes as a call of it has them; `depth`: how many functions are around the call.
    pub fn body(&self, call: &Node, label: &str, depth: usize) -> Result<Vec<Node>> {
        if depth > MAX_DEPTH {
            let what = format!("more than {MAX_DEPTH} functions within each other");
            return Err(Error::limit("", what, "no model has so many"));
        }
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        for node in &self.nodes {
            let made = node.outputs().into_iter().filter(|name| !name.is_empty());
            names.extend(made.map(|name| (name.to_owned(), format!("{label}/{name}"))));
        }
        let pairs = |own: &[String], given: Vec<&str>| -> Vec<(String, String)> {
            let given = given
                .into_iter()
                .map(str::to_owned)
                .chain(std::iter::repeat(String::new()));
            own.iter().cloned().zip(given).collect()
        };
        names.extend(
            pairs(&self.outputs, call.outputs())
                .into_iter()
                .filter(|(_, given)| !given.is_empty()),
        );
        names.extend(pairs(&self.inputs, call.inputs()));
        let mut nodes = self.nodes.clone();
        for node in &mut nodes {
            rename_node(node, &names);
            let name = format!("{label}/{}", node.name());
            node.set_name(&name);
            let references: Vec<(String, String)> = node
                .attributes()
                .filter_map(|(name, attribute)| match attribute {
                    Ok(Attribute::Reference(of)) => Some((name.to_owned(), of)),
                    _ => None,
                })
                .collect();
            for (name, of) in references {
                let default = || {
                    self.defaults
                        .iter()
                        .find(|(name, _)| *name == of)
                        .map(|(_, value)| value.clone())
                };
                match call.get(&of)?.or_else(default) {
                    Some(value) => node.set(&name, &value),
                    None => node.remove(&name),
                }
            }
        }
        Ok(nodes)
    }

    /// Refuses a function that is called by another number of values than it has.
    pub fn check(&self, call: &Node) -> Result<()> {
        if call.inputs().len() <= self.inputs.len() && call.outputs().len() <= self.outputs.len() {
            return Ok(());
        }
        let what = format!(
            "a function of {} inputs and {} outputs",
            self.inputs.len(),
            self.outputs.len()
        );
        Err(Error::new("", Problem::Count(what), "export the model again"))
    }
}
