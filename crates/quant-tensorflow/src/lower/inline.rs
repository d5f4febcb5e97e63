//! Calls of functions become the nodes of their bodies, as far as it is known which function is called.
//!
//! A body's nodes are called `call/node`. The call stays as an IdentityN of what the function returns, so that who reads it
//! need not be changed.

use std::borrow::Cow;
use std::collections::BTreeMap;

use quant_ir::limits::{MAX_OPERATORS, at_most};
use quant_ir::{Error, Place, Problem, Result};

use crate::attribute::Attribute;
use crate::graph::Graph;
use crate::limits::{MAX_DEPTH, MAX_FIELDS};
use crate::message::{Message, Value};
use crate::node::{Input, Node};

/// Fields of `FunctionDef` and `OpDef`.
mod field {
    pub const SIGNATURE: u32 = 1;
    pub const NODE: u32 = 3;
    pub const RETURNED: u32 = 4;
    pub const INPUT: u32 = 2;
    pub const OUTPUT: u32 = 3;
    pub const NAME: u32 = 1;
    pub const KEY: u32 = 1;
    pub const VALUE: u32 = 2;
}

/// The graph without calls.
pub(super) fn functions(graph: &Graph) -> Result<Cow<'_, Graph>> {
    end(&graph.functions())?;
    let mut graph = Cow::Borrowed(graph);
    let mut fields = 0usize;
    for _ in 0..MAX_DEPTH {
        let calls = calls(&graph)?;
        if calls.is_empty() {
            return Ok(graph);
        }
        let functions = graph.functions();
        let mut nodes = Vec::new();
        for (number, node) in graph.nodes.iter().enumerate() {
            let Some(name) = calls.get(&number) else {
                nodes.push(node.clone());
                continue;
            };
            let function = functions.get(name.as_str()).ok_or_else(|| {
                let problem = Problem::Malformed(format!("it calls `{name}`, which is not there"));
                Error::new(node.place(), problem, "freeze the graph again")
            })?;
            // What a body holds is held again by each call.
            fields = fields.saturating_add(count(function));
            at_most(MAX_FIELDS, fields, "graph", "fields with those of its functions")?;
            body(node, function, &mut nodes).map_err(|error| error.within(node.place()))?;
            at_most(
                MAX_OPERATORS,
                nodes.len(),
                "graph",
                "nodes with those of its functions",
            )?;
        }
        graph.to_mut().nodes = nodes;
    }
    let what = format!("functions call each other more than {MAX_DEPTH} deep");
    Err(Error::limit("graph", what, "freeze the graph for inference"))
}

/// Refuses functions that call themselves, by whatever way: their bodies would have no end.
fn end(functions: &BTreeMap<&str, &Message>) -> Result<()> {
    let mut callers: BTreeMap<&str, usize> = functions.keys().map(|name| (*name, 0)).collect();
    let mut called: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for (name, function) in functions {
        for node in function.messages(field::NODE).cloned().map(Node) {
            for attribute in ["f", "then_branch", "else_branch"] {
                if let Ok(Some(Attribute::Function(other))) = node.get(attribute) {
                    if let Some(count) = callers.get_mut(other.as_str()) {
                        *count = count.saturating_add(1);
                    }
                    called.entry(name).or_default().push(other);
                }
            }
        }
    }
    // Those that nobody calls any more go, until only circles are left.
    let mut open: Vec<&str> = callers
        .iter()
        .filter(|(_, count)| **count == 0)
        .map(|(name, _)| *name)
        .collect();
    while let Some(name) = open.pop() {
        callers.remove(name);
        for other in called.remove(name).into_iter().flatten() {
            let Some((other, count)) = functions
                .get_key_value(other.as_str())
                .and_then(|(other, _)| Some((*other, callers.get_mut(other)?)))
            else {
                continue;
            };
            *count = count.saturating_sub(1);
            if *count == 0 {
                open.push(other);
            }
        }
    }
    match callers.keys().next() {
        None => Ok(()),
        Some(name) => {
            let place = Place::named("function", *name);
            let problem = Problem::Cycle((*name).to_owned());
            Err(Error::new(place, problem, "freeze the graph for inference"))
        }
    }
}

/// Fields of a message and all that it holds.
fn count(message: &Message) -> usize {
    let inner = message.fields.iter().map(|field| match &field.value {
        Value::Message(inner) => count(inner),
        _ => 0,
    });
    inner.fold(message.fields.len(), usize::saturating_add)
}

/// The function that each node calls, by the node's number.
fn calls(graph: &Graph) -> Result<BTreeMap<usize, String>> {
    let names: BTreeMap<&str, &Node> = graph.nodes.iter().map(|node| (node.name(), node)).collect();
    let mut calls = BTreeMap::new();
    for (number, node) in graph.nodes.iter().enumerate() {
        let attribute = match node.op() {
            "PartitionedCall" | "StatefulPartitionedCall" => "f",
            "If" | "StatelessIf" => match condition(&names, node)? {
                Some(true) => "then_branch",
                Some(false) => "else_branch",
                None => continue,
            },
            _ => continue,
        };
        if let Some(Attribute::Function(name)) = node.get(attribute)? {
            calls.insert(number, name);
        }
    }
    Ok(calls)
}

/// The condition of a branch, when it is a constant.
fn condition(names: &BTreeMap<&str, &Node>, node: &Node) -> Result<Option<bool>> {
    let mut at = node;
    // A chain that has no end ends here.
    for _ in 0..MAX_DEPTH {
        let inputs = at.inputs()?;
        let Some(next) = inputs.first().and_then(|input| names.get(input.node)) else {
            return Ok(None);
        };
        match next.op() {
            "Identity" | "PlaceholderWithDefault" => at = next,
            "Const" => {
                let ints = next.tensor("value")?.and_then(|tensor| tensor.to_ints());
                return Ok(ints.and_then(|ints| ints.first().map(|value| *value != 0)));
            }
            _ => return Ok(None),
        }
    }
    Ok(None)
}

/// Appends the nodes of a body, and the call as what it returns.
fn body(call: &Node, function: &Message, nodes: &mut Vec<Node>) -> Result<()> {
    let empty = Message::default();
    let signature = function.message(field::SIGNATURE).unwrap_or(&empty);
    // The condition of a branch is no argument.
    let branch = matches!(call.op(), "If" | "StatelessIf");
    let given = call
        .input_names()
        .filter(|name| !name.starts_with('^'))
        .skip(usize::from(branch));
    let names = signature
        .messages(field::INPUT)
        .map(|argument| argument.text(field::NAME));
    let arguments: BTreeMap<&str, &str> = names.zip(given).collect();
    let inner: Vec<Node> = function.messages(field::NODE).cloned().map(Node).collect();
    let ops: BTreeMap<&str, &str> = inner.iter().map(|node| (node.name(), node.op())).collect();
    let scope = call.name();
    let outside = |name: &str| outside(name, scope, &arguments, &ops);
    for node in &inner {
        let mut node = node.clone();
        let inputs: Vec<String> = node.input_names().map(&outside).collect::<Result<_>>()?;
        node.set_inputs(inputs);
        node.set_name(&format!("{scope}/{}", node.name()));
        nodes.push(node);
    }
    let returned = function.messages(field::RETURNED);
    let returned: BTreeMap<&str, &str> = returned
        .map(|entry| (entry.text(field::KEY), entry.text(field::VALUE)))
        .collect();
    let outputs = signature
        .messages(field::OUTPUT)
        .map(|output| output.text(field::NAME));
    let outputs = outputs.map(|name| outside(returned.get(name).copied().unwrap_or(name)));
    let outputs: Vec<String> = outputs.collect::<Result<_>>()?;
    let outputs: Vec<&str> = outputs.iter().map(String::as_str).collect();
    nodes.push(Node::new(scope, "IdentityN", &outputs));
    Ok(())
}

/// What a name of a body is called outside: `argument`, `node:output:0` or `^node`.
fn outside(
    name: &str,
    scope: &str,
    arguments: &BTreeMap<&str, &str>,
    ops: &BTreeMap<&str, &str>,
) -> Result<String> {
    if let Some(node) = name.strip_prefix('^') {
        return Ok(format!("^{scope}/{node}"));
    }
    let mut parts = name.split(':');
    let (node, output, number) = (parts.next().unwrap_or_default(), parts.next(), parts.next());
    if let Some(argument) = arguments.get(node) {
        return Ok((*argument).to_owned());
    }
    let number = number.map_or(Some(0), |number| number.parse::<usize>().ok());
    let first = ops.get(node).map(|op| first_of(op, output.unwrap_or_default()));
    let (Some(number), Some(first)) = (number, first) else {
        let problem = Problem::Malformed(format!("its function reads `{name}`, which is not there"));
        return Err(Error::new("", problem, "freeze the graph again"));
    };
    let node = format!("{scope}/{node}");
    let input = Input {
        node: &node,
        output: Some(first.saturating_add(number)),
    };
    Ok(input.to_string())
}

/// The number of an output that has a name, for operators with several of them.
fn first_of(op: &str, output: &str) -> usize {
    let names: &[&str] = match op {
        "FusedBatchNorm" | "FusedBatchNormV2" | "FusedBatchNormV3" => &[
            "y",
            "batch_mean",
            "batch_variance",
            "reserve_space_1",
            "reserve_space_2",
            "reserve_space_3",
        ],
        "Switch" => &["output_false", "output_true"],
        "Merge" => &["output", "value_index"],
        "TopKV2" => &["values", "indices"],
        _ => &[],
    };
    names.iter().position(|name| *name == output).unwrap_or(0)
}
