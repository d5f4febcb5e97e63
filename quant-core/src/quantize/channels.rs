//! The channels of a filter.

use crate::scheme::setting::Per;
use quant_ir::Tensor;
use quant_ir::error::{Error, Place, Problem, Result};
use quant_numeric::channels::Channels;

/// The channels of `tensor` along `axis`; one channel that holds everything for [`Per::Tensor`].
///
/// # Errors
/// The tensor has no such dimension, or its scales are those of blocks.
pub fn of(tensor: &Tensor, axis: usize, granularity: Per) -> Result<Channels> {
    match granularity {
        Per::Tensor => return Ok(Channels::one()),
        Per::Channel => {}
        Per::Block(elements) => {
            return Err(Error::new(
                Place::tensor("weights", &tensor.name),
                Problem::UnsupportedType(format!(
                    "no scale of its own can be given to each {elements} elements"
                )),
                "use one scale for the tensor or for each channel",
            ));
        }
    }
    let size = |d: &i32| (*d).max(0) as usize;
    let (count, behind) = tensor
        .shape
        .get(axis)
        .zip(tensor.shape.get(axis + 1..))
        .ok_or_else(|| {
            Error::new(
                Place::tensor("weights", &tensor.name),
                Problem::Shape(format!(
                    "shape {:?} has no dimension {axis} for output channels",
                    tensor.shape
                )),
                "give the filter the rank that its operator asks for",
            )
        })?;
    Ok(Channels::new(size(count), behind.iter().map(size).product()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use quant_ir::DType;

    #[test]
    fn channels_of_each_axis() {
        let tensor = Tensor::new("w", DType::Float32, vec![2, 3, 2]);
        // Which of the twelve elements are of channel 1.
        let rows: [(usize, usize, &[usize]); 3] = [
            (0, 2, &[6, 7, 8, 9, 10, 11]),
            (1, 3, &[2, 3, 8, 9]),
            (2, 2, &[1, 3, 5, 7, 9, 11]),
        ];
        for (axis, count, second) in rows {
            let channels = of(&tensor, axis, Per::Channel).unwrap();
            let found: Vec<usize> = (0..12).filter(|element| channels.of(*element) == 1).collect();
            assert_eq!((channels.count(), &found[..]), (count, second), "axis {axis}");
        }
        let layer = of(&tensor, 0, Per::Tensor).unwrap();
        assert_eq!((layer.count(), layer.of(11)), (1, 0));
        assert!(of(&tensor, 3, Per::Channel).is_err());
    }
}
