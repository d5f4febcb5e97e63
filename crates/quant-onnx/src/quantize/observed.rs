//! The model that is run for ranges: every tensor that needs one is there, whatever the model's own outputs are.

use std::collections::{BTreeMap, BTreeSet};

use quant_ir::{Builtin, Result, TensorId};
use quant_lower::{Lowering, fuse_seen};

use super::array;
use super::draft::Draft;
use super::number::Float;
use super::options::Options;
use super::ranges::{Range, Ranges, narrowed, to_calibrate};
use crate::model::Model;

/// A float model whose tensors are to be seen.
pub struct Observed {
    /// The model, fused where nobody looks.
    pub model: quant_ir::Model,
    /// The tensor whose values have the range of each of ONNX's, maybe with channels last, and the type that the range is of.
    /// Several may have one.
    pub tensors: Vec<(String, TensorId, Float)>,
    /// Ranges of tensors that are constants.
    pub constants: Ranges,
    /// What the model left open.
    pub notes: Vec<String>,
}

/// The model to run for the ranges that a quantization asks for. `shapes` are those of inputs that the model leaves open.
/// With `every`, each of the ranges is that of its own tensor; else what only a Relu or Clip reads has the range behind it,
/// which is what the quantization takes.
///
/// # Errors
/// Those of [`Model::lower`].
pub fn observed(
    model: &Model,
    options: &Options,
    shapes: BTreeMap<String, Vec<usize>>,
    every: bool,
) -> Result<Observed> {
    let wanted = to_calibrate(model, options);
    let narrowed = if every {
        BTreeMap::new()
    } else {
        narrowed(&Draft::of(model.clone())?, options)
    };
    // Whose values the range of a tensor is of.
    let of = |name: &String| narrowed.get(name).filter(|to| wanted.contains_key(*to)).cloned();
    let made: BTreeSet<&str> = model.graph.nodes.iter().flat_map(|node| node.outputs()).collect();
    let fixed = fixed(model);
    let outputs: Vec<String> = wanted
        .keys()
        .filter(|name| made.contains(name.as_str()) && !fixed.contains(*name) && of(name).is_none())
        .cloned()
        .collect();
    let lowering = Lowering {
        outputs: outputs.clone(),
        shapes,
        whole: true,
        ..Lowering::default()
    };
    let lowered = model.lower(&lowering)?;
    let mut run = lowered.model;
    let graph = run.main();
    let made = outputs.iter().zip(graph.outputs());
    let mut ids: BTreeMap<&str, TensorId> =
        made.map(|(name, id)| (name.as_str(), held(graph, *id))).collect();
    let given = graph.inputs().iter();
    ids.extend(given.map(|id| (graph.tensor(*id).name.as_str(), *id)));
    let mut tensors = Vec::new();
    for (name, float) in &wanted {
        let of = of(name);
        if let Some(id) = ids.get(of.as_ref().unwrap_or(name).as_str()) {
            tensors.push((name.clone(), *id, *float));
        }
    }
    let inputs: BTreeSet<TensorId> = graph.inputs().iter().copied().collect();
    let seen = tensors.iter().map(|(_, id, _)| *id);
    let seen: BTreeSet<TensorId> = seen.filter(|id| !inputs.contains(id)).collect();
    fuse_seen(&mut run, &seen)?;
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
