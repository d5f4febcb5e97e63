//! The model that is run for ranges: every tensor that needs one is there, whatever the model's own outputs are.

use std::collections::{BTreeMap, BTreeSet};

use quant_ir::{Builtin, OpId, Result, TensorId};

use super::array;
use super::number::Float;
use super::options::Options;
use super::ranges::{Range, Ranges, to_calibrate};
use crate::lower::Lowering;
use crate::model::Model;

/// A float model whose tensors are to be seen.
pub struct Observed {
    /// The model, with nothing fused. Its outputs are what is seen.
    pub model: quant_ir::Model,
    /// The tensor that holds each of ONNX's, maybe with its channels last, and the type that its range is of.
    pub tensors: Vec<(String, TensorId, Float)>,
    /// Ranges of tensors that are constants.
    pub constants: Ranges,
    /// What the model left open.
    pub notes: Vec<String>,
}

/// The model to run for the ranges that a quantization asks for. `shapes` are those of inputs that the model leaves open.
///
/// # Errors
/// Those of [`Lowering::lower`].
pub fn observed(model: &Model, options: &Options, shapes: BTreeMap<String, Vec<usize>>) -> Result<Observed> {
    let wanted = to_calibrate(model, options);
    let made: BTreeSet<&str> = model.graph.nodes.iter().flat_map(|node| node.outputs()).collect();
    let fixed = fixed(model);
    let outputs: Vec<String> = wanted
        .keys()
        .filter(|name| made.contains(name.as_str()) && !fixed.contains(*name))
        .cloned()
        .collect();
    let lowering = Lowering {
        outputs: outputs.clone(),
        inputs: Vec::new(),
        shapes,
        whole: true,
    };
    let lowered = lowering.lower(model)?;
    let mut run = lowered.model;
    let mut tensors = Vec::new();
    let graph = run.main();
    for (name, id) in outputs.iter().zip(graph.outputs()) {
        if let Some(float) = wanted.get(name) {
            tensors.push((name.clone(), held(graph, *id), *float));
        }
    }
    for id in graph.inputs() {
        let name = &graph.tensor(*id).name;
        if let Some(float) = wanted.get(name) {
            tensors.push((name.clone(), *id, *float));
        }
    }
    let mut seen = BTreeSet::new();
    let inputs: BTreeSet<TensorId> = graph.inputs().iter().copied().collect();
    let outputs: Vec<TensorId> = tensors
        .iter()
        .map(|(_, id, _)| *id)
        .filter(|id| !inputs.contains(id) && seen.insert(*id))
        .collect();
    let graph = run.main_mut();
    if !outputs.is_empty() {
        graph.set_outputs(outputs)?;
    }
    let idle: BTreeSet<OpId> = (0..graph.operators().len())
        .map(OpId)
        .filter(|op| {
            let made = &graph.operator(*op).outputs;
            graph.operator(*op).code.builtin == Builtin::TRANSPOSE
                && made.iter().all(|id| graph.users(*id) == 0)
        })
        .collect();
    graph.retain(|op, _| !idle.contains(&op));
    let constants = wanted.iter().filter(|(name, _)| fixed.contains(*name));
    let constants = constants.filter_map(|(name, float)| Some((name.clone(), constant(&run, name, *float)?)));
    Ok(Observed {
        constants: constants.collect(),
        model: run,
        tensors,
        notes: lowered.notes,
    })
}

/// What an output that was only put into ONNX's layout was made of: its values are the same.
fn held(graph: &quant_ir::Graph, id: TensorId) -> TensorId {
    let maker = graph.producer(id).map(|op| graph.operator(op));
    let transposed = maker.filter(|op| op.code.builtin == Builtin::TRANSPOSE);
    transposed.and_then(|op| op.input(0)).unwrap_or(id)
}

/// Values that do not depend on the inputs.
fn fixed(model: &Model) -> BTreeSet<String> {
    let mut fixed: BTreeSet<String> = model
        .graph
        .initializers
        .iter()
        .map(|tensor| tensor.name().to_owned())
        .collect();
    let mut own = BTreeSet::new();
    for node in &model.graph.nodes {
        let inputs = node.inputs();
        let mut read = inputs.iter().filter(|name| !name.is_empty());
        let random = node.op().starts_with("Random");
        let graphs = matches!(node.op(), "If" | "Loop" | "Scan");
        // Shapes are known when a model is lowered.
        let asks = matches!(node.op(), "Shape" | "Size");
        if asks || read.all(|name| fixed.contains(*name)) && !random && !graphs {
            for name in node.outputs() {
                fixed.insert(name.to_owned());
                own.insert(name.to_owned());
            }
        }
    }
    own
}

/// The range of a tensor that the lowered model has as a constant.
fn constant(model: &quant_ir::Model, name: &str, float: Float) -> Option<Range> {
    let graph = model.main();
    let values = model.f32_data(graph.tensor(graph.find(name)?))?;
    let (low, high) = array::range(&values);
    Some(Range { low, high, float })
}
