//! Operators on integers in place of float ones: those of static quantization (`QLinearConv`), and those that quantize
//! their activations when the model runs (`ConvInteger`).
//!
//! Nodes are taken in the order of the file. What one makes in integers is dequantized only where a float node, or a graph's
//! output, reads it.

mod bias;
mod constants;
mod dynamic;
mod inputs;
mod lstm;
mod moves;
mod static_ops;

use std::collections::{BTreeMap, BTreeSet};

use quant_ir::Result;

use super::activations::{Quantized, activations};
use super::draft::{Draft, MICROSOFT, Wired};
use super::gemm;
use super::integer::Integer;
use super::options::{Format, Options};
use super::ranges::{Ranges, float, settled};
use crate::attribute::Attribute;

/// A value in integers: its name, and those of its scale and zero point.
#[derive(Clone, Debug, Default, PartialEq)]
struct Value {
    quantized: String,
    scale: String,
    zero_point: String,
    axis: Option<i64>,
}

/// What is known while a model is quantized.
struct Operators<'a> {
    draft: &'a mut Draft,
    options: &'a Options,
    /// Integers of activations.
    activation: Integer,
    params: BTreeMap<String, Quantized>,
    /// Values that are there in integers.
    values: BTreeMap<String, Value>,
    /// Values that are there in float.
    floats: BTreeSet<String>,
    nodes: Vec<Wired>,
    names: BTreeSet<String>,
    is_static: bool,
}

/// Quantizes a graph.
pub(super) fn quantize(draft: &mut Draft, ranges: &Ranges, options: &Options) -> Result<()> {
    let is_static = options.format == Format::QOperator;
    if !is_static {
        gemm::replace(draft)?;
    }
    let ranges = if is_static {
        settled(draft, ranges, options)
    } else {
        Ranges::new()
    };
    let constants: BTreeSet<String> = draft.constants().map(str::to_owned).collect();
    let mut operators = Operators {
        params: activations(&ranges, options),
        activation: if is_static {
            options.activation
        } else {
            Integer::U8
        },
        values: BTreeMap::new(),
        floats: draft.inputs.difference(&constants).cloned().collect(),
        nodes: Vec::new(),
        names: BTreeSet::new(),
        draft,
        options,
        is_static,
    };
    for at in 0..operators.draft.nodes.len() {
        if let Some(wired) = operators.draft.nodes.get(at).cloned() {
            operators.visit(wired)?;
        }
    }
    for output in operators.draft.model.graph.outputs.clone() {
        operators.dequantize(output.name());
    }
    let nodes = std::mem::take(&mut operators.nodes);
    let microsoft = nodes.iter().any(|wired| wired.node.domain() == MICROSOFT);
    draft.nodes = nodes;
    draft.clean();
    if microsoft && draft.model.opset(MICROSOFT).is_none() {
        draft.model.set_opset(MICROSOFT, 1);
    }
    Ok(())
}

impl Operators<'_> {
    fn visit(&mut self, wired: Wired) -> Result<()> {
        let taken = self.options.takes(wired.node.op(), wired.node.name());
        let done = taken
            && if self.is_static {
                self.static_op(&wired)?
            } else {
                self.dynamic_op(&wired)?
            };
        if !done {
            self.keep(wired);
        }
        Ok(())
    }

    /// Adds a node.
    fn push(&mut self, wired: Wired) {
        self.names.insert(wired.node.name().to_owned());
        self.floats.extend(wired.outputs.iter().cloned());
        self.nodes.push(wired);
    }

    /// Adds a float node, and what dequantizes its inputs.
    fn keep(&mut self, wired: Wired) {
        for input in &wired.inputs {
            self.dequantize(input);
        }
        if !self.options.faithful {
            for input in wired.read_within() {
                self.dequantize(&input);
            }
        }
        self.push(wired);
    }

    /// Makes floats of a value that is there in integers only.
    fn dequantize(&mut self, name: &str) {
        if self.floats.contains(name) {
            return;
        }
        let Some(value) = self.values.get(name).cloned() else {
            return;
        };
        let node = format!("{name}_DequantizeLinear");
        if self.names.contains(&node) {
            return;
        }
        let inputs = [&*value.quantized, &value.scale, &value.zero_point];
        let mut wired = Wired::new("DequantizeLinear", &node, &inputs, &[name]);
        if let Some(axis) = value.axis {
            wired = wired.with("axis", &Attribute::Int(axis));
        }
        self.push(wired);
    }

    /// Whether a value is one of floats, as far as is known.
    fn is_float(&self, name: &str) -> bool {
        let data_type = match self.draft.tensor(name) {
            Some(tensor) => Some(tensor.data_type()),
            None => self.draft.types.get(name).copied(),
        };
        float(data_type).is_some()
    }

    fn is_float_constant(&self, name: &str) -> bool {
        self.draft.is_constant(name) && self.is_float(name)
    }
}

/// The name of what a node becomes.
fn quantized_name(wired: &Wired) -> String {
    match wired.node.name() {
        "" => String::new(),
        name => format!("{name}_quant"),
    }
}
