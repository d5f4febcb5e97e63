//! What a tensor must be so that its bytes and parameters can be read.
#![deny(clippy::as_conversions, clippy::arithmetic_side_effects)]

use crate::buffer::content;
use crate::error::{Error, Place, Problem, Result};
use crate::limits::MAX_ELEMENTS;
use crate::{Buffer, QuantDetails, QuantParam, Tensor};

use super::CONVERT;

/// Checks a tensor.
///
/// # Errors
/// A buffer that does not exist, bytes that do not fill the shape, parameters that do not fit each other or the shape.
/// `Limit`: an activation larger than any may be.
pub fn check(buffers: &[Buffer], tensors: usize, tensor: &Tensor) -> Result<()> {
    let checked = buffer(buffers, tensor).and_then(|()| match &tensor.quant {
        Some(quant) => parameters(tensors, tensor, quant),
        None => Ok(()),
    });
    checked.map_err(|error| error.within(Place::tensor("tensor", &tensor.name)))
}

fn buffer(buffers: &[Buffer], tensor: &Tensor) -> Result<()> {
    let wrong = |what: String| Err(Error::new("", Problem::Malformed(what), CONVERT));
    if tensor.buffer.0 >= buffers.len() {
        return wrong(format!("buffer {} does not exist", tensor.buffer.0));
    }
    let shape = &tensor.shape;
    let unknown = shape.iter().any(|d| *d < 0);
    let elements = tensor.elements();
    let Some(data) = content(buffers, tensor.buffer) else {
        // A dimension below zero is found when the model runs.
        return match elements {
            Some(elements) if elements > MAX_ELEMENTS => too_large(tensor),
            None if !unknown => too_large(tensor),
            _ => Ok(()),
        };
    };
    // Strings and Circle's blocks have a size of their own.
    if tensor.dtype.bytes(1).is_none() || tensor.compression != 0 {
        return Ok(());
    }
    let wanted = elements.and_then(|elements| tensor.dtype.bytes(elements));
    let fills = wanted.is_some_and(|wanted| match tensor.sparsity {
        // How many elements are stored is found when they are made dense.
        Some(_) => data.len() <= wanted,
        None => data.len() == wanted,
    });
    if fills {
        return Ok(());
    }
    let (found, dtype) = (data.len(), tensor.dtype);
    wrong(format!("{found} bytes do not fill {dtype} of shape {shape:?}"))
}

fn too_large(tensor: &Tensor) -> Result<()> {
    let what = format!("shape {:?} has more than {MAX_ELEMENTS} elements", tensor.shape);
    Err(Error::limit("", what, "use a smaller model"))
}

fn parameters(tensors: usize, tensor: &Tensor, quant: &QuantParam) -> Result<()> {
    let wrong = |what: String| Err(Error::new("", Problem::Malformed(what), CONVERT));
    let (scales, zero_points) = (quant.scale.len(), quant.zero_point.len());
    if zero_points != 0 && scales != 0 && scales != zero_points {
        return wrong(format!("{scales} scales and {zero_points} zero points"));
    }
    // Zero stands for no scale in some files; whoever divides by it refuses it.
    if let Some(scale) = quant
        .scale
        .iter()
        .find(|scale| !scale.is_finite() || **scale < 0.0)
    {
        return wrong(format!("its scale {scale} is no positive number"));
    }
    if let Some(QuantDetails::Blockwise {
        scales, zero_points, ..
    }) = quant.details
    {
        let exists = |number: i32| usize::try_from(number).is_ok_and(|number| number < tensors);
        if !exists(scales) || (zero_points >= 0 && !exists(zero_points)) {
            return wrong(format!(
                "tensor {scales} or {zero_points}, which hold its scales, do not exist"
            ));
        }
    }
    if scales > 1 && quant.details.is_none() {
        let dimension = quant.quantized_dimension;
        let size = usize::try_from(dimension)
            .ok()
            .and_then(|at| tensor.shape.get(at));
        let Some(size) = size else {
            return wrong(format!(
                "its quantized dimension {dimension} is none of shape {:?}",
                tensor.shape
            ));
        };
        if usize::try_from(*size) != Ok(scales) {
            return wrong(format!(
                "{scales} scales along dimension {dimension} of shape {:?}",
                tensor.shape
            ));
        }
    }
    Ok(())
}
