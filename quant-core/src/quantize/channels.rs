//! The channels of a filter.

use quant_types::Granularity;

use quant_ir::Tensor;
use quant_ir::error::{Error, Place, Result};
use quant_numeric::channels::Channels;

/// The channels of `tensor` along `axis`; one channel that holds everything for [`Granularity::Layer`].
///
/// # Errors
/// The tensor has no such dimension.
pub fn of(tensor: &Tensor, axis: usize, granularity: Granularity) -> Result<Channels> {
    if granularity == Granularity::Layer {
        return Ok(Channels::one());
    }
    let size = |d: &i32| (*d).max(0) as usize;
    let (count, behind) = tensor
        .shape
        .get(axis)
        .zip(tensor.shape.get(axis + 1..))
        .ok_or_else(|| {
            Error::invalid(
                Place::tensor("weights", &tensor.name),
                format!(
                    "shape {:?} has no dimension {axis} for output channels",
                    tensor.shape
                ),
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
            let channels = of(&tensor, axis, Granularity::Channel).unwrap();
            let found: Vec<usize> = (0..12).filter(|element| channels.of(*element) == 1).collect();
            assert_eq!((channels.count(), &found[..]), (count, second), "axis {axis}");
        }
        let layer = of(&tensor, 0, Granularity::Layer).unwrap();
        assert_eq!((layer.count(), layer.of(11)), (1, 0));
        assert!(of(&tensor, 3, Granularity::Channel).is_err());
    }
}
