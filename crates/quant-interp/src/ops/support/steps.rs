//! Scale and zero point of each element of a quantized tensor.

use crate::ops::Call;
use quant_ir::TensorId;
use quant_ir::error::{Error, Problem, Result};

/// Scale and zero point of each element: one pair for all, or one for each index along a dimension.
#[derive(Clone)]
pub struct Steps {
    pairs: Vec<(f32, i64)>,
    /// Elements behind one index of the dimension.
    inner: usize,
}

impl Steps {
    /// Those of a tensor that has this shape.
    ///
    /// # Errors
    /// The tensor has no parameters, or another number than its dimension has indices.
    pub fn of(call: &Call<'_>, tensor: Option<TensorId>, shape: &[usize]) -> Result<Self> {
        let wrong = |what: &str| {
            Error::new(
                call.place(),
                Problem::Parameters(what.into()),
                "give the integer tensor one scale and zero point, or one for each channel",
            )
        };
        let quant = tensor.and_then(|id| call.graph.tensor(id).quant.as_ref());
        let quant = quant.ok_or_else(|| wrong("its integer tensor has no quantization parameters"))?;
        let zero_points = quant.zero_point.iter().copied().chain(std::iter::repeat(0));
        let pairs: Vec<_> = quant.scale.iter().copied().zip(zero_points).collect();
        let axis = usize::try_from(quant.quantized_dimension).unwrap_or(usize::MAX);
        match (pairs.len(), shape.get(axis)) {
            (1, _) => Ok(Self { pairs, inner: 1 }),
            (0, _) => Err(wrong("its integer tensor has no scale")),
            (count, Some(dim)) if count == *dim => Ok(Self {
                pairs,
                inner: shape[axis + 1..].iter().product::<usize>().max(1),
            }),
            _ => Err(wrong(
                "its integer tensor has scales for another number of channels",
            )),
        }
    }

    /// Scale and zero point of all elements, when they are the same.
    pub fn single(&self) -> Option<(f32, i64)> {
        match self.pairs.as_slice() {
            [pair] => Some(*pair),
            _ => None,
        }
    }

    /// Scale and zero point of element `index`.
    pub fn at(&self, index: usize) -> (f32, i64) {
        self.pairs[index / self.inner % self.pairs.len()]
    }
}
