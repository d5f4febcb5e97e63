//! Before anything else: parameters that must be constant are, and ranges are there.

use super::unruled;
use crate::quantized::values::is_quantized;
use crate::scheme::{Decisions, Unruled};
use quant_interp::ops;
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{Builtin, DType, Model, OpId, Tensor, TensorId};

/// Refuses a model of several graphs: all but the main one would silently stay as they are.
pub fn one_graph(model: &Model) -> Result<()> {
    match model.graphs().len() {
        1 => Ok(()),
        count => Err(Error::new(
            "the model",
            Problem::Graphs(count),
            "inline the other graphs, or quantize a model without control flow",
        )),
    }
}

/// Refuses a model that is quantized already: its integers have nothing more to lose, and their parameters
/// would be taken for something else.
pub fn float_model(model: &Model) -> Result<()> {
    float_unless(model, |_| false)
}

/// The same, but weights may be stored as integers that DEQUANTIZE makes floats of, and activations pass through
/// QUANTIZE and DEQUANTIZE: the model runs as a float model.
pub fn float_activations(model: &Model) -> Result<()> {
    let graph = model.main();
    float_unless(model, |id| {
        let by = |op: &OpId, builtin: Builtin| graph.operators()[op.0].code.builtin == builtin;
        let quantized = graph.producer(id).is_some_and(|op| by(&op, Builtin::QUANTIZE));
        let inside = quantized && !graph.is_output(id);
        let mut readers = graph.readers(id).iter();
        (inside || model.is_const(graph.tensor(id))) && readers.all(|op| by(op, Builtin::DEQUANTIZE))
    })
}

fn float_unless(model: &Model, allowed: impl Fn(TensorId) -> bool) -> Result<()> {
    let mut tensors = model.main().tensors().iter().enumerate();
    let quantized = tensors.find(|(index, tensor)| is_quantized(tensor) && !allowed(TensorId(*index)));
    match quantized {
        Some((index, tensor)) => Err(Error::new(
            Place::tensor("tensor", &tensor.name).numbered(index),
            Problem::Quantized(tensor.dtype),
            "start from the float model",
        )),
        None => Ok(()),
    }
}

/// Refuses what no data can mend: operators that no rule covers, and weights, biases and parameters that are computed.
///
/// # Errors
/// Such an operator; several graphs; a model that is quantized already.
pub fn operators(model: &Model, decisions: &dyn Decisions) -> Result<()> {
    one_graph(model)?;
    float_model(model)?;
    match decisions.unruled() {
        Unruled::Refuse => unruled::refuse(model, decisions)?,
        Unruled::Float => unruled::refuse_conversions(model, decisions)?,
        Unruled::Quantize => {
            unruled::refuse_state(model, decisions)?;
            unruled::refuse_constants(model, decisions)?;
        }
    }
    let graph = model.main();
    for op in graph.operators() {
        let rule = decisions.table().rule(op.code.builtin);
        if !rule.known || unruled::is_asked(graph, op, decisions) {
            continue;
        }
        if let Some(def) = ops::definition(&op.code) {
            ops::check_inputs(graph, op, def)?;
        }
        let mut must_be_const: Vec<usize> = rule.params.to_vec();
        if let Some(weights) = rule.weights {
            must_be_const.extend([weights.filter, weights.bias]);
            must_be_const.extend(weights.constants);
        }
        for input in must_be_const {
            let Some(id) = op.input(input) else { continue };
            let tensor = graph.tensor(id);
            if !model.is_const(tensor) {
                return Err(Error::new(
                    ops::place(graph, op),
                    Problem::NotConstant(tensor.name.clone()),
                    "fold the model's weights into constants first",
                ));
            }
        }
    }
    Ok(())
}

/// Whether the main graph has a float32 tensor that is no constant: something to quantize.
pub fn has_float_activations(model: &Model) -> bool {
    let mut tensors = model.main().tensors().iter();
    tensors.any(|tensor| is_float_activation(model, tensor))
}

fn is_float_activation(model: &Model, tensor: &Tensor) -> bool {
    tensor.dtype == DType::Float32 && !model.is_const(tensor)
}

/// Refuses what [`operators`] refuses, and a model without recorded ranges.
pub fn check(model: &Model, decisions: &dyn Decisions) -> Result<()> {
    operators(model, decisions)?;
    let graph = model.main();
    if !has_float_activations(model) && !graph.operators().is_empty() {
        return Err(Error::new(
            "the model",
            Problem::Type("it has no float activation, so there is nothing to quantize".into()),
            "use it as it is",
        ));
    }
    let mut activations = graph.tensors().iter().filter(|t| is_float_activation(model, t));
    let recorded = activations.any(|t| t.quant.as_ref().is_some_and(|q| !q.min.is_empty()));
    if !recorded && !graph.operators().is_empty() {
        return Err(Error::new(
            "the model",
            Problem::MissingRanges,
            "run `record` on it before `quantize`",
        ));
    }
    Ok(())
}
