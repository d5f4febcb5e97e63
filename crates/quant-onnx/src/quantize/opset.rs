//! Newer operators: what a quantized model needs of them, as ONNX's version converter writes it.

use std::collections::BTreeMap;

use quant_ir::{Error, Problem, Result};

use super::draft::Wired;
use super::options::{Format, Options};
use crate::attribute::Attribute;
use crate::model::Model;
use crate::tensor::{Tensor, TensorProto};

/// The version of ONNX's operators that a quantization needs; none when the model's will do. Pairs came with 10, and with
/// 21 those of 16 bits.
pub(super) fn wanted(opset: i64, options: &Options, halves: bool) -> Option<i64> {
    let wide = options.format != Format::Dynamic && options.wide() || options.weight.wide();
    let mut wanted = opset;
    if wide {
        wanted = wanted.max(21);
    } else if opset < 10 {
        wanted = 11;
    }
    if !options.faithful && options.per_channel && options.format == Format::Qdq {
        // onnxruntime writes scales for each channel, which DequantizeLinear has since 13, and refuses its own model.
        wanted = wanted.max(13);
    }
    if !options.faithful && halves && options.format == Format::Qdq {
        // Pairs of halves came with 19.
        wanted = wanted.max(19);
    }
    (wanted != opset).then_some(wanted)
}

/// Names of constants that the converter makes: numbers behind those of all values of the graph.
struct Names(usize);

impl Names {
    fn next(&mut self) -> String {
        let name = format!("_v_{}", self.0);
        self.0 += 1;
        name
    }
}

/// Raises the version of a model's operators.
///
/// # Errors
/// `Unsupported`: an operator whose meaning changed on the way.
pub(super) fn raise(model: &mut Model, from: i64, to: i64, faithful: bool) -> Result<()> {
    let graph = &mut model.graph;
    let constants = graph.initializers.iter().map(TensorProto::name);
    let more = constants
        .filter(|name| graph.inputs.iter().all(|info| info.name() != *name))
        .count();
    let made: usize = graph.nodes.iter().map(|node| node.outputs().len()).sum();
    let mut names = Names(graph.inputs.len() + more + made + 2);
    if from < 7 {
        let problem = Problem::Unsupported(format!("operators of version {from}"));
        return Err(Error::new(
            "ModelProto",
            problem,
            "export the model with version 7 or later",
        ));
    }
    let lists = graph.initializers.iter().filter_map(|tensor| {
        let dims = tensor.dims();
        let [count] = dims.as_slice() else { return None };
        Some((tensor.name().to_owned(), usize::try_from(*count).ok()?))
    });
    let ranks: BTreeMap<String, usize> = lists.collect();
    for version in from + 1..=to {
        let nodes = std::mem::take(&mut graph.nodes);
        for node in nodes {
            let mut wired = Wired::of(node);
            let mut before = Vec::new();
            if wired.node.domain().is_empty() {
                step(&mut wired, version, &mut names, &mut before, (faithful, &ranks))
                    .map_err(|error| error.within(wired.node.place()))?;
            }
            graph.nodes.extend(before.into_iter().map(Wired::into_node));
            graph.nodes.push(wired.into_node());
        }
    }
    model.set_opset("", to);
    Ok(())
}

const REDUCTIONS: [&str; 9] = [
    "ReduceMax",
    "ReduceMean",
    "ReduceMin",
    "ReduceProd",
    "ReduceL1",
    "ReduceL2",
    "ReduceLogSum",
    "ReduceLogSumExp",
    "ReduceSumSquare",
];

/// A node as the version before had it becomes one of this version.
fn step(
    wired: &mut Wired,
    version: i64,
    names: &mut Names,
    before: &mut Vec<Wired>,
    (faithful, ranks): (bool, &BTreeMap<String, usize>),
) -> Result<()> {
    let op = wired.node.op().to_owned();
    match (version, op.as_str()) {
        (9, "BatchNormalization") => wired.node.remove("spatial"),
        (9, "Upsample") => {
            if let Some(scales) = wired.node.floats("scales")? {
                wired.node.remove("scales");
                let tensor = Tensor::floats(&[scales.len()], &scales);
                constant(wired, &tensor, names, before);
            }
        }
        (10, "Slice") => {
            for name in ["starts", "ends", "axes"] {
                ints(wired, name, names, before)?;
            }
        }
        (10, "TopK") => {
            if let Some(k) = wired.node.int("k")? {
                wired.node.remove("k");
                constant(wired, &Tensor::ints(&[1], &[k]), names, before);
            }
        }
        (10, "Upsample") => {
            wired.node.set_op("Resize");
            wired.node.0.set(3, []);
            names.0 += 1;
        }
        (11, "Resize") => {
            names.0 += 1;
            let scales = wired.inputs.split_off(1);
            let count = scales
                .first()
                .and_then(|name| ranks.get(name))
                .copied()
                .unwrap_or(0);
            let whole = [vec![0.0; count], vec![1.0; count]].concat();
            constant(wired, &Tensor::floats(&[whole.len()], &whole), names, before);
            wired.inputs.extend(scales);
            if !faithful {
                // What Upsample and the first Resize did; the converter leaves the new default, which is another.
                let mode = [
                    ("coordinate_transformation_mode", "asymmetric"),
                    ("nearest_mode", "floor"),
                ];
                mode.iter()
                    .for_each(|(name, value)| wired.node.set(name, &Attribute::text(value)));
            }
        }
        (11, "Clip") => {
            for name in ["min", "max"] {
                match wired.node.float(name)? {
                    Some(value) => {
                        wired.node.remove(name);
                        constant(wired, &Tensor::floats(&[], &[value]), names, before);
                    }
                    None => wired.inputs.push(String::new()),
                }
            }
        }
        (11, "Pad") => {
            ints(wired, "pads", names, before)?;
            let value = wired.node.float("value")?.unwrap_or(0.0);
            wired.node.remove("value");
            if wired.node.text("mode")?.is_none_or(|mode| mode == "constant") {
                constant(wired, &Tensor::floats(&[], &[value]), names, before);
            }
        }
        (12, "Dropout") => {
            if let Some(ratio) = wired.node.float("ratio")? {
                wired.node.remove("ratio");
                constant(wired, &Tensor::floats(&[], &[ratio]), names, before);
            }
        }
        (13, "Squeeze" | "Unsqueeze" | "ReduceSum") => ints(wired, "axes", names, before)?,
        (13, "Split") => ints(wired, "split", names, before)?,
        (13, "Softmax" | "LogSoftmax" | "Hardmax") if wired.node.int("axis")? != Some(-1) => {
            let what = format!("{op} of before version 13, which takes all axes from one on for one");
            return Err(super::words::unsupported(
                what,
                "export the model with version 13 or later, or take one scale for a weight (--granularity layer)",
            ));
        }
        (18, op) if REDUCTIONS.contains(&op) => ints(wired, "axes", names, before)?,
        (18, "Split") if wired.inputs.len() < 2 => {
            let count = i64::try_from(wired.outputs.len()).unwrap_or(1);
            wired.node.set("num_outputs", &Attribute::Int(count));
        }
        (20, "GridSample") => {
            let mode = match wired.node.text("mode")?.as_deref() {
                Some("bilinear") => "linear",
                Some("bicubic") => "cubic",
                _ => return Ok(()),
            };
            wired.node.set("mode", &Attribute::text(mode));
        }
        _ => {}
    }
    Ok(())
}

/// An attribute of integers becomes an input.
fn ints(wired: &mut Wired, name: &str, names: &mut Names, before: &mut Vec<Wired>) -> Result<()> {
    if let Some(values) = wired.node.ints(name)? {
        wired.node.remove(name);
        constant(wired, &Tensor::ints(&[values.len()], &values), names, before);
    }
    Ok(())
}

/// Adds an input that a node of its own makes.
fn constant(wired: &mut Wired, tensor: &Tensor, names: &mut Names, before: &mut Vec<Wired>) {
    let name = names.next();
    let value = Attribute::Tensor(TensorProto::new("", tensor));
    before.push(Wired::new("Constant", "", &[], &[&name]).with("value", &value));
    wired.inputs.push(name);
}
