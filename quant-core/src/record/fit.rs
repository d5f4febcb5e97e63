//! Records that leave out the batch of 1.

use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_ir::{Model, Tensor};

use super::Records;

/// The shape that values of these dimensions have as a graph input: their own, or the same behind a batch of 1 that the
/// input has and they leave out. `None` when neither fits.
pub fn record_shape(input: &Tensor, dims: &[usize]) -> Option<Vec<usize>> {
    let wanted = input.shape_signature.as_ref().unwrap_or(&input.shape);
    let fits = |dims: &[usize]| {
        dims.len() == wanted.len()
            && dims
                .iter()
                .zip(wanted)
                .all(|(d, w)| *w < 0 || usize::try_from(*w) == Ok(*d))
    };
    let with_batch: Vec<usize> = [1].into_iter().chain(dims.iter().copied()).collect();
    [dims.to_vec(), with_batch].into_iter().find(|dims| fits(dims))
}

/// Records whose values get the batch of 1 that a model's inputs have. What does not fit even so stays as it is, and the run
/// refuses it.
pub struct Fitted<'a> {
    records: &'a dyn Records,
    inputs: Vec<Tensor>,
}

impl<'a> Fitted<'a> {
    /// Records for a model.
    pub fn new(records: &'a dyn Records, model: &Model) -> Self {
        Self {
            records,
            inputs: model.main().input_tensors(),
        }
    }
}

impl Records for Fitted<'_> {
    fn len(&self) -> usize {
        self.records.len()
    }

    fn get(&self, index: usize) -> Result<Vec<Value>> {
        let mut record = self.records.get(index)?;
        for (value, input) in record.iter_mut().zip(&self.inputs) {
            if let Some(shape) = record_shape(input, &value.shape) {
                value.shape = shape;
            }
        }
        Ok(record)
    }
}
