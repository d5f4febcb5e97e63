//! A dense value of f64.

use ndarray::{ArrayD, IxDyn};

/// Dimensions and elements.
pub type Tensor = ArrayD<f64>;

/// A value of elements that are row-major.
pub fn tensor(shape: &[usize], elements: Vec<f64>) -> Result<Tensor, String> {
    Tensor::from_shape_vec(IxDyn(shape), elements).map_err(|error| error.to_string())
}

/// The elements, row-major.
pub fn elements(tensor: &Tensor) -> Vec<f64> {
    tensor.iter().copied().collect()
}

/// The same elements in another shape.
pub fn reshaped(tensor: &Tensor, shape: &[usize]) -> Result<Tensor, String> {
    self::tensor(shape, elements(tensor))
}
