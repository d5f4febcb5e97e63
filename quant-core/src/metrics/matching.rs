//! Which tensors of a float model and of its fake-quantized form are the same.

use crate::error::Result;
use crate::interp::constant;
use crate::ir::{Builtin, DType, Graph, Model, TensorId};

use super::{Sample, numbers};

/// Graph inputs and operators' outputs that are float32 in both models, by name, in the order of the float graph's
/// tensors: (float, fake-quantized). Of a tensor `n` that fake quantization looks at, `n_FQ_Dequantize` is what its
/// readers see. Tensors of inserted operators have no twin in the float model, and are left out.
pub fn activations(float: &Model, fake: &Model) -> Vec<(TensorId, TensorId)> {
    let (from, to) = (made(float.main()), made(fake.main()));
    let mut pairs = Vec::new();
    for (index, tensor) in float.main().tensors.iter().enumerate() {
        let is_first = float.main().find(&tensor.name) == Some(TensorId(index));
        if !from[index] || tensor.dtype != DType::Float32 || !is_first {
            continue;
        }
        let twin = |name: &str| {
            let found = fake.main().find(name)?;
            (to[found.0] && fake.main().tensor(found).dtype == DType::Float32).then_some(found)
        };
        let seen = twin(&format!("{}_FQ_Dequantize", tensor.name))
            .or_else(|| dequantized(fake.main(), &format!("{}_FQ_Quantize", tensor.name)))
            .or_else(|| twin(&tensor.name));
        if let Some(seen) = seen {
            pairs.push((TensorId(index), seen));
        }
    }
    pairs
}

/// The floats of integers of this name; a Dequantize that the quantized model had itself stands in for the other.
fn dequantized(graph: &Graph, integers: &str) -> Option<TensorId> {
    let integers = graph.find(integers);
    let mut readers = graph
        .operators
        .iter()
        .filter(|op| op.code.builtin == Builtin::DEQUANTIZE);
    let reader = readers.find(|op| integers.is_some() && op.input(0) == integers)?;
    reader.outputs.first().copied()
}

/// Which tensors are graph inputs or made by operators.
fn made(graph: &Graph) -> Vec<bool> {
    let mut made: Vec<bool> = graph.producers().iter().map(Option::is_some).collect();
    for input in &graph.inputs {
        made[input.0] = true;
    }
    made
}

/// Float constants of the float model that fake quantization made of integers (`n_DQ` of a constant `n`), with how
/// far they are off.
///
/// # Errors
/// A constant that does not fit its shape.
pub fn constants(float: &Model, fake: &Model) -> Result<Vec<(TensorId, Sample)>> {
    let mut found = Vec::new();
    for (index, tensor) in float.main().tensors.iter().enumerate() {
        if tensor.dtype != DType::Float32 || !float.is_const(tensor) {
            continue;
        }
        let Some(twin) = fake.main().find(&format!("{}_DQ", tensor.name)) else {
            continue;
        };
        let twin = fake.main().tensor(twin);
        if let (Some(a), Some(b)) = (constant(float, tensor)?, constant(fake, twin)?)
            && a.shape == b.shape
        {
            found.push((TensorId(index), Sample::of(&numbers(&a), &numbers(&b))));
        }
    }
    Ok(found)
}
