//! The shape of a graph, of the reference and of ours alike: who makes what, and where a value comes from when one walks
//! back over QUANTIZE and DEQUANTIZE.

use std::collections::BTreeMap;

use quant_core::ir::{Graph, TensorId};
use serde_json::Value as Json;

use super::options;

/// An operator.
pub struct Op {
    pub kind: String,
    pub version: i64,
    pub custom: Option<String>,
    /// `None` is absent.
    pub inputs: Vec<Option<usize>>,
    pub outputs: Vec<usize>,
    pub intermediates: Vec<usize>,
    /// By the schema's names.
    pub options: BTreeMap<String, Json>,
}

impl Op {
    pub fn converts(&self) -> bool {
        matches!(self.kind.as_str(), "QUANTIZE" | "DEQUANTIZE")
    }
}

/// A graph without its tensors.
pub struct Net {
    pub inputs: Vec<usize>,
    pub outputs: Vec<usize>,
    pub ops: Vec<Op>,
    /// For each tensor, the operator that makes it.
    producers: BTreeMap<usize, usize>,
    /// The operators that do not convert.
    pub walk: Vec<usize>,
}

/// Where a value comes from.
#[derive(Debug, PartialEq)]
pub enum Source {
    Input(usize),
    /// Number in the walk, and of the output.
    Output(usize, usize),
    /// Nothing makes it: a constant, or a variable.
    Given,
}

impl Net {
    fn new(inputs: Vec<usize>, outputs: Vec<usize>, ops: Vec<Op>) -> Self {
        let made = ops.iter().enumerate();
        let producers = made
            .flat_map(|(index, op)| op.outputs.iter().map(move |id| (*id, index)))
            .collect();
        let walk = (0..ops.len()).filter(|index| !ops[*index].converts()).collect();
        Self {
            inputs,
            outputs,
            ops,
            producers,
            walk,
        }
    }

    pub fn of_reference(graph: &Json) -> Self {
        let ops = graph["operators"].as_array().unwrap().iter().map(|op| Op {
            kind: op["op"].as_str().unwrap().to_owned(),
            version: op["version"].as_i64().unwrap(),
            custom: op
                .get("custom_code")
                .map(|name| name.as_str().unwrap().to_owned()),
            inputs: ids(op.get("inputs")),
            outputs: ids(op.get("outputs")).into_iter().flatten().collect(),
            intermediates: ids(op.get("intermediates")).into_iter().flatten().collect(),
            options: op
                .get("options")
                .and_then(Json::as_object)
                .map_or_else(BTreeMap::new, |options| {
                    options
                        .iter()
                        .map(|(key, value)| (key.clone(), value.clone()))
                        .collect()
                }),
        });
        let listed = |key| ids(graph.get(key)).into_iter().flatten().collect();
        Self::new(listed("inputs"), listed("outputs"), ops.collect())
    }

    pub fn of_ours(graph: &Graph) -> Self {
        let all = |ids: &[TensorId]| ids.iter().map(|id| id.0).collect::<Vec<_>>();
        let ops = graph.operators().iter().map(|op| Op {
            kind: op.code.builtin.to_string(),
            version: i64::from(op.code.version),
            custom: op.code.custom.clone(),
            inputs: op.inputs.iter().map(|id| id.map(|id| id.0)).collect(),
            outputs: all(&op.outputs),
            intermediates: op
                .intermediates
                .iter()
                .flatten()
                .filter_map(|id| usize::try_from(*id).ok())
                .collect(),
            options: options::of(&op.options),
        });
        Self::new(all(graph.inputs()), all(graph.outputs()), ops.collect())
    }

    /// The conversions that a value went through, the last one first.
    pub fn path(&self, tensor: usize) -> (Vec<&Op>, Source) {
        let (mut at, mut path) = (tensor, Vec::new());
        loop {
            let Some(producer) = self.producers.get(&at) else {
                let input = self.inputs.iter().position(|id| *id == at);
                return (path, input.map_or(Source::Given, Source::Input));
            };
            let op = &self.ops[*producer];
            match op.inputs.first() {
                Some(Some(from)) if op.converts() && path.len() < self.ops.len() => {
                    path.push(op);
                    at = *from;
                }
                _ => {
                    let number = self.walk.binary_search(producer).ok();
                    let output = op.outputs.iter().position(|id| *id == at);
                    return (
                        path,
                        Source::Output(number.unwrap_or_default(), output.unwrap_or_default()),
                    );
                }
            }
        }
    }
}

fn ids(list: Option<&Json>) -> Vec<Option<usize>> {
    let list = list.and_then(Json::as_array).into_iter().flatten();
    list.map(|id| usize::try_from(id.as_i64().unwrap()).ok())
        .collect()
}
