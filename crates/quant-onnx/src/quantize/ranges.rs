//! Ranges of activations: which tensors need one, and what becomes of them before they are used.

use std::collections::{BTreeMap, BTreeSet};

use super::draft::{Draft, Wired};
use super::number::Float;
use super::options::Options;
use super::types;
use crate::data_type::DataType;
use crate::model::Model;

/// The range of a tensor's values.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    /// The lowest.
    pub low: f32,
    /// The highest.
    pub high: f32,
    /// The type that they are computed in, and that the scale will have.
    pub float: Float,
}

/// Ranges by the names of tensors.
pub type Ranges = BTreeMap<String, Range>;

/// The float type of values that are quantized.
pub(super) fn float(data_type: Option<DataType>) -> Option<Float> {
    match data_type? {
        DataType::FLOAT => Some(Float::F32),
        DataType::FLOAT16 => Some(Float::F16),
        _ => None,
    }
}

/// Tensors whose ranges a quantization with these options asks for, with their types: what operators of the types that
/// are taken read and make, constants not.
pub fn to_calibrate(model: &Model, options: &Options) -> BTreeMap<String, Float> {
    let types = types::of(model);
    let constants: BTreeSet<&str> = model
        .graph
        .initializers
        .iter()
        .map(crate::TensorProto::name)
        .collect();
    let mut tensors = BTreeMap::new();
    for node in model
        .graph
        .nodes
        .iter()
        .filter(|node| options.takes_op(node.op()))
    {
        for name in node.inputs().into_iter().chain(node.outputs()) {
            if let Some(float) = float(types.get(name).copied())
                && !constants.contains(name)
            {
                tensors.insert(name.to_owned(), float);
            }
        }
    }
    tensors
}

/// The ranges that are quantized with. What only a Relu or Clip reads has the range of what it makes, and a Softmax makes
/// values from 0 to 1.
pub(super) fn settled(draft: &Draft, ranges: &Ranges, options: &Options) -> Ranges {
    let mut ranges = ranges.clone();
    for wired in &draft.nodes {
        if !options.takes(wired.node.op(), wired.node.name()) {
            continue;
        }
        let (from, to) = (wired.input(0), wired.output(0));
        match wired.node.op() {
            "Relu" | "Clip" => {
                if narrows(draft, wired, options)
                    && let (Some(_), Some(range)) = (ranges.get(from), ranges.get(to))
                {
                    let range = *range;
                    ranges.insert(from.to_owned(), range);
                }
            }
            "Softmax" => {
                if let Some(range) = ranges.get_mut(to) {
                    // onnxruntime's 0 and 1 are f32, whatever the model is.
                    let float = if options.faithful { Float::F32 } else { range.float };
                    *range = Range {
                        low: 0.0,
                        high: 1.0,
                        float,
                    };
                }
            }
            _ => {}
        }
    }
    ranges
}

/// Whether what a Relu or Clip reads has the range of what it makes.
fn narrows(draft: &Draft, wired: &Wired, options: &Options) -> bool {
    let from = wired.input(0);
    // A graph's output is read outside, too: onnxruntime cuts it off.
    let seen = draft.outputs.contains(from) || draft.inner.contains(from);
    matches!(wired.node.op(), "Relu" | "Clip")
        && options.takes(wired.node.op(), wired.node.name())
        && draft.uses(from) == 1
        && (options.faithful || !seen)
}

/// Tensors whose own range nobody will ask for, each with the tensor whose range it will have ([`settled`]): they need not be
/// seen, and the layer that makes them can make what is behind the activation at once.
pub(super) fn narrowed(draft: &Draft, options: &Options) -> BTreeMap<String, String> {
    let mut narrowed = BTreeMap::new();
    let mut behind = BTreeSet::new();
    for wired in &draft.nodes {
        let (from, to) = (wired.input(0), wired.output(0));
        // The range behind an activation is its own when the next one narrows it, too.
        if narrows(draft, wired, options) && !behind.contains(from) {
            behind.insert(to.to_owned());
            narrowed.insert(from.to_owned(), to.to_owned());
        }
    }
    narrowed
}
