//! Recorded ranges as files: what TensorFlow's calibrator and ai-edge-quantizer found, into a model's tensors and out of
//! them.
//!
//! Two forms are read and written:
//!
//! - a list of `[tensor index, "tensor name", min, max]`, as the statistics of TensorFlow's calibrated model are listed;
//!   tensors of LSTMs' intermediate results ([`super::common::intermediates`]) stand behind the last tensor;
//! - an object `{"tensor name": {"min": [..], "max": [..]}}`, as ai-edge-quantizer keeps them
//!   (`CalibrationResult` as JSON).

mod ranges;
mod read;
mod write;

use std::collections::BTreeMap;

use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{DType, Model, QuantParam, Tensor, TensorId};

use super::common::intermediates;

pub use ranges::{Entry, Statistics};
pub use read::MAX_STATISTICS;

impl Statistics {
    /// Reads either form.
    ///
    /// # Errors
    /// No JSON (with line and column), another form, a number that is not finite, a minimum above its maximum, a tensor
    /// that stands there twice.
    pub fn parse(text: &str) -> Result<Self> {
        read::statistics(text)
    }

    /// The ranges of float activations in a model's main graph.
    pub fn of(model: &Model) -> Self {
        let tensors = model.main().tensors().iter().enumerate();
        let entries = tensors.filter_map(|(index, tensor)| {
            let quant = tensor.quant.as_ref().filter(|_| is_float(model, tensor))?;
            let (&[min], &[max]) = (quant.min.as_slice(), quant.max.as_slice()) else {
                return None;
            };
            Some(Entry {
                index: Some(index),
                name: tensor.name.clone(),
                min,
                max,
            })
        });
        Self {
            entries: entries.collect(),
        }
    }

    /// The list of `[index, name, min, max]`, a line each.
    pub fn to_list(&self) -> String {
        write::list(self)
    }

    /// The object `{name: {min: [..], max: [..]}}`, a line for each name.
    pub fn to_object(&self) -> String {
        write::object(self)
    }

    /// Stores the ranges in a float model's main graph, in place of all that were there. By the list, LSTMs get the tensors of
    /// their intermediate results first. Entries of integer tensors are for nothing, as in the originals. Returns the names of
    /// the float activations that are left without a range, in the order of the tensors.
    ///
    /// # Errors
    /// A tensor that the model does not have: the file is another model's. No float activation has a range. The model
    /// stays as it was.
    pub fn write(&self, model: &mut Model) -> Result<Vec<String>> {
        let mut with = model.clone();
        if self.entries.iter().any(|entry| entry.index.is_some()) {
            intermediates::add(&mut with)?;
        }
        let graph = with.main();
        let mut named: BTreeMap<&str, Vec<TensorId>> = BTreeMap::new();
        graph
            .ids()
            .for_each(|id| named.entry(&graph.tensor(id).name).or_default().push(id));
        let mut ranges: Vec<Option<&Entry>> = vec![None; graph.tensors().len()];
        for entry in &self.entries {
            for id in places(entry.index, &entry.name, graph.tensors(), &named)? {
                ranges[id.0] = Some(entry);
            }
        }
        let floats: Vec<bool> = graph
            .tensors()
            .iter()
            .map(|tensor| is_float(&with, tensor))
            .collect();
        if floats.contains(&true)
            && !(ranges.iter().zip(&floats)).any(|(range, float)| *float && range.is_some())
        {
            return Err(Error::new(
                "statistics",
                Problem::MissingRanges,
                "record the model that is quantized",
            ));
        }
        let mut missing = Vec::new();
        let tensors = with.main_mut().tensors_mut().iter_mut();
        for ((tensor, range), float) in tensors.zip(&ranges).zip(floats) {
            if let Some(quant) = tensor.quant.as_mut().filter(|_| float) {
                (quant.min, quant.max) = (Vec::new(), Vec::new());
            }
            match range.filter(|_| float) {
                Some(range) => {
                    let quant = tensor.quant.get_or_insert_with(QuantParam::default);
                    (quant.min, quant.max) = (vec![range.min], vec![range.max]);
                }
                None if float && tensor.elements() != Some(0) => missing.push(tensor.name.clone()),
                None => (),
            }
        }
        *model = with;
        Ok(missing)
    }
}

fn is_float(model: &Model, tensor: &Tensor) -> bool {
    tensor.dtype == DType::Float32 && !model.is_const(tensor)
}

/// The tensors that an entry stands for.
fn places(
    index: Option<usize>,
    name: &str,
    tensors: &[Tensor],
    named: &BTreeMap<&str, Vec<TensorId>>,
) -> Result<Vec<TensorId>> {
    let other = |what: String| {
        let hint = "give the statistics of this very model";
        Err(Error::new(
            Place::tensor("statistics of", name),
            Problem::Conflict(what),
            hint,
        ))
    };
    let Some(index) = index else {
        return match named.get(name) {
            Some(ids) => Ok(ids.clone()),
            None => other("the model has no such tensor".into()),
        };
    };
    match tensors.get(index) {
        Some(tensor) if tensor.name == name => Ok(vec![TensorId(index)]),
        Some(tensor) => other(format!("tensor {index} of the model is `{}`", tensor.name)),
        None => other(format!("it is tensor {index}, the model has {}", tensors.len())),
    }
}

#[cfg(test)]
mod tests;
