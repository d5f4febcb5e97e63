//! Integers in the buffers of a model. Graphs of several signatures share constants, which become integers once.

use std::collections::BTreeMap;

use quant_ir::{BufferId, DType, Model, TensorId};

use super::coder::Coded;
use super::facts::Role;
use crate::quantize::constant::{BufferUses, store_in};

/// The buffers of integers.
pub struct Stored {
    /// How many name each buffer.
    pub uses: BufferUses,
    of: BTreeMap<Key, BufferId>,
}

/// What integers depend on: the buffer of the floats, the role, type and parameters.
type Key = (BufferId, Role, DType, i32, Vec<u32>, Vec<i64>);

impl Stored {
    /// Those of a float model.
    pub fn of(model: &Model) -> Self {
        Self {
            uses: BufferUses::of(model),
            of: BTreeMap::new(),
        }
    }

    /// Stores integers in a constant.
    pub fn store(&mut self, model: &mut Model, number: usize, id: TensorId, coded: &Coded) {
        let (floats, quant) = (model.graphs()[number].tensor(id).buffer, &coded.quant);
        let scales = quant.scale.iter().map(|scale| scale.to_bits()).collect();
        let key = (
            floats,
            coded.role,
            coded.dtype,
            quant.quantized_dimension,
            scales,
            quant.zero_point.clone(),
        );
        if let Some(integers) = self.of.get(&key) {
            self.uses.moved(floats, *integers);
            let tensor = model.graphs_mut()[number].tensor_mut(id);
            (tensor.buffer, tensor.dtype) = (*integers, coded.dtype);
        } else {
            let content = coded.content.clone();
            store_in(model, &mut self.uses, number, id, coded.dtype, content);
            self.of.insert(key, model.graphs()[number].tensor(id).buffer);
        }
        model.graphs_mut()[number].tensor_mut(id).quant = Some(coded.quant.clone());
    }
}
