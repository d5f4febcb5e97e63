//! Which tensors of a float model and of its quantized form are the same.

use crate::quantized::running::Running;
use crate::quantized::values::{dequantized, is_quantized};
use quant_interp::constant;
use quant_ir::error::Result;
use quant_ir::{DType, Graph, Model, TensorId};

use super::{Sample, numbers};

/// Graph inputs and operators' outputs that are float32 in the float model and floats, or integers that stand for them, in
/// the other, in the order of the float graph's tensors: (float, running). A tensor's twin in the quantized model has its name
/// ([`Graph::twins`]); of the form that runs it is the tensor that readers see. Tensors of inserted operators have no twin in
/// the float model, and are left out.
pub fn activations(float: &Model, quantized: &Model, running: &Running) -> Vec<(TensorId, TensorId)> {
    let (from, to) = (made(float.main()), made(running.model.main()));
    let twins = float.main().twins(quantized.main()).into_iter().enumerate();
    twins
        .filter_map(|(index, twin)| {
            let seen = running.seen[twin?.0]?;
            let is_float = float.main().tensor(TensorId(index)).dtype == DType::Float32;
            let other = running.model.main().tensor(seen);
            let reals = other.dtype == DType::Float32 || is_quantized(other);
            let both = from[index] && to[seen.0] && is_float && reals;
            both.then_some((TensorId(index), seen))
        })
        .collect()
}

/// Which tensors are graph inputs or made by operators.
fn made(graph: &Graph) -> Vec<bool> {
    let made = |id| graph.is_input(id) || graph.producer(id).is_some();
    graph.ids().map(made).collect()
}

/// Float constants of the float model that were quantized and that something reads, with how far their reals are off.
///
/// # Errors
/// A constant that does not fit its shape.
pub fn constants(float: &Model, quantized: &Model) -> Result<Vec<(TensorId, Sample)>> {
    let mut found = Vec::new();
    let graph = quantized.main();
    let twins = float.main().twins(graph);
    for (index, (tensor, twin)) in float.main().tensors().iter().zip(twins).enumerate() {
        let read = |id: &TensorId| graph.users(*id) > 0;
        let Some(twin) = twin.filter(|twin| is_quantized(graph.tensor(*twin)) && read(twin)) else {
            continue;
        };
        if tensor.dtype != DType::Float32 || !float.is_const(tensor) {
            continue;
        }
        let twin = graph.tensor(twin);
        if let (Some(a), Some(b)) = (constant(float, tensor)?, dequantized(quantized, twin)?)
            && tensor.shape == twin.shape
        {
            let b: Vec<f64> = b.into_iter().map(f64::from).collect();
            found.push((TensorId(index), Sample::of(&numbers(&a), &b)));
        }
    }
    Ok(found)
}
