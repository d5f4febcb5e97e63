//! Recorded ranges.

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{Graph, Tensor, TensorId};

/// The recorded range of an activation.
///
/// # Errors
/// It has none, or one that is none.
pub fn range(graph: &Graph, id: TensorId) -> Result<(f32, f32)> {
    let tensor = graph.tensor(id);
    let place = || Place::tensor("activation", &tensor.name).numbered(id.0);
    let Some((min, max)) = recorded(tensor) else {
        return Err(Error::new(place(), Problem::MissingRange, "record first"));
    };
    if !(min <= max && min.is_finite() && max.is_finite()) {
        let problem = Problem::BadRange { min, max };
        return Err(Error::new(place(), problem, "record the range again"));
    }
    if !(max - min).is_finite() {
        let problem = Problem::UnboundedRange { min, max };
        return Err(Error::new(
            place(),
            problem,
            "clip the values, or record other data",
        ));
    }
    Ok((min, max))
}

/// The range that was recorded of a tensor.
pub fn recorded(tensor: &Tensor) -> Option<(f32, f32)> {
    let quant = tensor.quant.as_ref()?;
    quant.min.first().copied().zip(quant.max.first().copied())
}
