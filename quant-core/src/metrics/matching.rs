//! Which tensors of a float model and of its fake-quantized form are the same.

use crate::quantized::fake::Fake;
use crate::quantized::values::is_quantized;
use quant_interp::constant;
use quant_ir::error::Result;
use quant_ir::{DType, Graph, Model, TensorId};

use super::{Sample, numbers};

/// Graph inputs and operators' outputs that are float32 in both models, in the order of the float graph's tensors: (float,
/// fake-quantized). A tensor's twin in the quantized model has its name ([`Graph::twins`]); of the fake-quantized form it is
/// the tensor that readers see. Tensors of inserted operators have no twin in the float model, and are left out.
pub fn activations(float: &Model, quantized: &Model, fake: &Fake) -> Vec<(TensorId, TensorId)> {
    let (from, to) = (made(float.main()), made(fake.model.main()));
    let twins = float.main().twins(quantized.main()).into_iter().enumerate();
    twins
        .filter_map(|(index, twin)| {
            let seen = fake.seen[twin?.0]?;
            let floats = [
                float.main().tensor(TensorId(index)),
                fake.model.main().tensor(seen),
            ];
            let both = from[index] && to[seen.0] && floats.iter().all(|t| t.dtype == DType::Float32);
            both.then_some((TensorId(index), seen))
        })
        .collect()
}

/// Which tensors are graph inputs or made by operators.
fn made(graph: &Graph) -> Vec<bool> {
    let made = |id| graph.is_input(id) || graph.producer(id).is_some();
    graph.ids().map(made).collect()
}

/// Float constants of the float model that were quantized, with how far their reals are off.
///
/// # Errors
/// A constant that does not fit its shape.
pub fn constants(float: &Model, quantized: &Model, fake: &Fake) -> Result<Vec<(TensorId, Sample)>> {
    let mut found = Vec::new();
    let twins = float.main().twins(quantized.main());
    for (index, (tensor, twin)) in float.main().tensors().iter().zip(twins).enumerate() {
        let twin = twin.filter(|twin| is_quantized(quantized.main().tensor(*twin)));
        let Some(seen) = twin.and_then(|twin| fake.seen[twin.0]) else {
            continue;
        };
        if tensor.dtype != DType::Float32 || !float.is_const(tensor) {
            continue;
        }
        let seen = fake.model.main().tensor(seen);
        if let (Some(a), Some(b)) = (constant(float, tensor)?, constant(&fake.model, seen)?)
            && a.shape == b.shape
        {
            found.push((TensorId(index), Sample::of(&numbers(&a), &numbers(&b))));
        }
    }
    Ok(found)
}
