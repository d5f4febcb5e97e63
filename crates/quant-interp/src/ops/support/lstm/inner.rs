//! Intermediate results, for whoever records them.

use crate::ops::Call;
use quant_ir::value::Value;

/// The values of all steps: the sums of the input, forget, cell and output gate before layer norm, where they have one, and
/// the hidden state before the projection. That is what TensorFlow's calibrator logs, and what the integer kernel has
/// scales for.
pub struct Inner(Option<[Vec<f32>; 5]>);

impl Inner {
    /// Kept when the run tells intermediate results and the operator has tensors for them.
    pub fn wanted(call: &Call<'_>) -> Self {
        let has = call.op.intermediates.as_ref().is_some_and(|all| !all.is_empty());
        Self((call.run.inner && has).then(Default::default))
    }

    /// Those of a step.
    pub fn keep(&mut self, number: usize, values: &[f32]) {
        if let Some(kept) = &mut self.0 {
            kept[number].extend_from_slice(values);
        }
    }

    /// Hands them to the run.
    pub fn give(self, call: &Call<'_>) {
        if let Some(kept) = self.0 {
            let values = kept.map(|values| Value::f32(vec![values.len()], values));
            call.run.keep_intermediates(values.into());
        }
    }
}
