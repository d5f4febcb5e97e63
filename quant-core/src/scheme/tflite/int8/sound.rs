//! What is refused, and what is the same for all graphs.

use std::collections::BTreeSet;

use quant_interp::called as called_by;
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{Builtin, DType, Graph, Model, Tensor};

use crate::quantized::values::is_quantized;
use crate::scheme::tflite::Options;

/// Refuses an interface of types that the scheme does not have.
pub fn interface(options: &Options) -> Result<()> {
    for (place, dtype) in [("inputs", options.input), ("outputs", options.output)] {
        if !matches!(dtype, DType::Float32 | DType::Int8 | DType::Uint8) {
            return Err(Error::new(
                place,
                Problem::UnsupportedType(format!("{dtype} is no type of the interface of an int8 model")),
                "ask for float32, int8 or uint8",
            ));
        }
    }
    Ok(())
}

/// The numbers of the main graph's operators that [`crate::fold`] leaves.
pub fn numbers(model: &Model) -> Vec<usize> {
    let operators = model.main().operators().iter().enumerate();
    let left = operators.filter(|(_, op)| {
        let folds = matches!(op.code.builtin, Builtin::DEQUANTIZE | Builtin::DENSIFY);
        let constant = op
            .input(0)
            .is_some_and(|id| model.is_const(model.main().tensor(id)));
        !(folds && constant)
    });
    left.map(|(number, _)| number).collect()
}

/// Refuses a model that is quantized, one without recorded ranges, and ranges that are none.
pub fn check(model: &Model) -> Result<()> {
    let mut recorded = false;
    let mut operators = false;
    for graph in model.graphs() {
        operators |= !graph.operators().is_empty();
        for (number, tensor) in graph.tensors().iter().enumerate() {
            let place = |role| Place::tensor(role, &tensor.name).numbered(number);
            if is_quantized(tensor) {
                let problem = Problem::Quantized(tensor.dtype);
                return Err(Error::new(place("tensor"), problem, "start from the float model"));
            }
            if let Some((min, max)) = range(tensor).filter(|_| tensor.dtype == DType::Float32) {
                recorded = true;
                let problem = if min.is_nan() || max.is_nan() || min > max {
                    Problem::BadRange { min, max }
                } else if !(max.max(0.0) - min.min(0.0)).is_finite() {
                    Problem::UnboundedRange { min, max }
                } else {
                    continue;
                };
                return Err(Error::new(
                    place("activation"),
                    problem,
                    "record the ranges again",
                ));
            }
        }
    }
    if operators && !recorded {
        return Err(Error::new(
            "the model",
            Problem::MissingRanges,
            "run `record` on it before `quantize`",
        ));
    }
    Ok(())
}

fn range(tensor: &Tensor) -> Option<(f32, f32)> {
    let quant = tensor.quant.as_ref()?;
    Some((*quant.min.first()?, *quant.max.first()?))
}

/// The graphs that operators call.
pub fn called(model: &Model) -> BTreeSet<usize> {
    let operators = model.graphs().iter().flat_map(Graph::operators);
    let numbers = operators.flat_map(called_by);
    numbers
        .filter_map(|number| usize::try_from(number).ok())
        .collect()
}

/// Takes the recorded ranges of floats away.
pub fn forget_ranges(model: &mut Model) {
    let tensors = model.graphs_mut().iter_mut().flat_map(Graph::tensors_mut);
    for tensor in tensors.filter(|tensor| tensor.dtype == DType::Float32) {
        tensor.quant = None;
    }
}
