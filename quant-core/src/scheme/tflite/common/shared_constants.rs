//! What becomes of constants: tensors that share a buffer share what is made of it.

use std::collections::BTreeMap;

use quant_ir::error::Result;
use quant_ir::{BufferId, Content, DType, Model, TensorId};

use crate::quantize::constant::{BufferUses, share_in, store_in};

/// What was made of the buffers of a model: for each buffer and each way to make something of it (`K`) the new buffer, and
/// what is to be known of it besides (`P`, its parameters).
pub struct SharedConstants<K, P> {
    uses: BufferUses,
    of: BTreeMap<(BufferId, K), (BufferId, P)>,
}

impl<K: Ord, P: Clone> SharedConstants<K, P> {
    /// Nothing yet, of that model.
    pub fn new(model: &Model) -> Self {
        Self {
            uses: BufferUses::of(model),
            of: BTreeMap::new(),
        }
    }

    /// One more tensor names a buffer: it shares that of another.
    pub fn add(&mut self, buffer: BufferId) {
        self.uses.add(buffer);
    }

    /// Puts what `make` makes of a constant in its place, in its own buffer when no other tensor has that. The next tensor
    /// with the same bytes gets the same without a call.
    ///
    /// # Errors
    /// Those of `make`.
    pub fn store(
        &mut self,
        model: &mut Model,
        (graph, id): (usize, TensorId),
        (key, dtype): (K, DType),
        make: impl FnOnce(&Model) -> Result<(Content, P)>,
    ) -> Result<P> {
        let old = model.graphs()[graph].tensor(id).buffer;
        let key = (old, key);
        if let Some((new, known)) = self.of.get(&key) {
            share_in(model, &mut self.uses, graph, id, dtype, *new);
            return Ok(known.clone());
        }
        let (content, known) = make(model)?;
        let shared = self.uses.shared(old);
        store_in(model, &mut self.uses, graph, id, dtype, content);
        if shared {
            let new = model.graphs()[graph].tensor(id).buffer;
            self.of.insert(key, (new, known.clone()));
        }
        Ok(known)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use quant_ir::{FileFormat, Tensor};

    #[test]
    fn tensors_that_share_a_buffer_share_what_is_made_of_it() {
        let mut model = Model::new(FileFormat::Tflite);
        let buffer = model.add_buffer(vec![0; 4]);
        let ids = ["a", "b", "c"].map(|name| {
            let mut tensor = Tensor::new(name, DType::Float32, vec![1]);
            tensor.buffer = buffer;
            model.main_mut().add_tensor(tensor)
        });
        let mut made = SharedConstants::new(&model);
        let mut calls = 0;
        for (id, key) in ids.into_iter().zip([1, 2, 1]) {
            let known = made.store(&mut model, (0, id), (key, DType::Int8), |_| {
                calls += 1;
                Ok((vec![key].into(), key))
            });
            assert_eq!(known, Ok(key));
        }
        assert_eq!(calls, 2);
        let [a, b, c] = ids.map(|id| model.main().tensor(id).clone());
        assert_eq!((a.buffer, a.dtype), (c.buffer, DType::Int8));
        assert_eq!(model.data(&a).unwrap()[..], [1]);
        assert_eq!(model.data(&b).unwrap()[..], [2]);
        assert!(model.buffer(buffer).unwrap().data.as_ref().unwrap().is_empty());
    }
}
