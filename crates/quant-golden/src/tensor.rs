//! A dense value of f64.

/// Dimensions and elements, row-major.
#[derive(Clone, Debug, PartialEq)]
pub struct Tensor {
    pub shape: Vec<usize>,
    pub data: Vec<f64>,
}

impl Tensor {
    pub fn new(shape: Vec<usize>, data: Vec<f64>) -> Self {
        Self { shape, data }
    }

    pub fn zeros(shape: Vec<usize>) -> Self {
        let count = shape.iter().product();
        Self {
            shape,
            data: vec![0.0; count],
        }
    }

    /// The position of an index.
    pub fn at(&self, index: &[usize]) -> usize {
        index.iter().zip(&self.shape).fold(0, |at, (i, dim)| at * dim + i)
    }

    pub fn get(&self, index: &[usize]) -> f64 {
        self.data[self.at(index)]
    }
}

/// Every index of a shape, in row-major order.
pub fn indices(shape: &[usize]) -> impl Iterator<Item = Vec<usize>> + '_ {
    (0..shape.iter().product::<usize>()).map(move |mut n| {
        let mut index = vec![0; shape.len()];
        for at in (0..shape.len()).rev() {
            index[at] = n % shape[at];
            n /= shape[at];
        }
        index
    })
}
