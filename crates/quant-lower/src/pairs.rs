//! Fake quantization as a QUANTIZE and a DEQUANTIZE behind it, which is how a model keeps the ranges of its training: on
//! activations, and on constants, whose order may still change on their way to an operator.

use quant_ir::{Builtin, DType, OpCode, Operator, Options, QuantParam, Result, TensorId};

use crate::builder::{Builder, Quantized};

impl Builder {
    /// The value behind a pair.
    pub fn pair(&mut self, id: TensorId, params: QuantParam, name: &str) -> Result<TensorId> {
        self.pair_of(id, DType::Int8, params, name)
    }

    /// The same with integers of a type.
    pub fn pair_of(
        &mut self,
        id: TensorId,
        dtype: DType,
        params: QuantParam,
        name: &str,
    ) -> Result<TensorId> {
        let shape = self.shape(id);
        let between = self.fresh(&format!("{name}/quantized"));
        let integers = self.tensor(&between, dtype, &shape)?;
        self.model.main_mut().tensor_mut(integers).quant = Some(params.clone());
        let output = self.tensor(name, DType::Float32, &shape)?;
        for (builtin, from, to) in [
            (Builtin::QUANTIZE, id, integers),
            (Builtin::DEQUANTIZE, integers, output),
        ] {
            let code = OpCode::builtin(builtin);
            let op = Operator::new(code, vec![Some(from)], vec![to], Options::default());
            self.model.main_mut().push(op)?;
        }
        if self.is_constant(id) {
            let constant = Quantized {
                constant: id,
                dtype,
                params,
            };
            self.quantized.insert(output, constant);
        }
        Ok(output)
    }

    /// Whether a tensor is a constant, or one behind a pair.
    pub fn is_weights(&self, id: TensorId) -> bool {
        self.is_constant(id) || self.quantized.contains_key(&id)
    }

    /// A constant behind a pair in another order or shape: the constant is moved, and the pair made anew. `None` for other
    /// tensors, and where the dimension of the parameters would get lost.
    pub fn moved_pair(
        &mut self,
        id: TensorId,
        name: &str,
        dimension: impl Fn(usize) -> Option<usize>,
        change: impl FnOnce(&mut Self, TensorId) -> Result<TensorId>,
    ) -> Result<Option<TensorId>> {
        let Some(Quantized {
            constant,
            dtype,
            mut params,
        }) = self.quantized.get(&id).cloned()
        else {
            return Ok(None);
        };
        if params.scale.len() > 1 {
            let moved = usize::try_from(params.quantized_dimension)
                .ok()
                .and_then(dimension);
            let Some(moved) = moved.and_then(|moved| i32::try_from(moved).ok()) else {
                return Ok(None);
            };
            params.quantized_dimension = moved;
        }
        let moved = change(self, constant)?;
        self.pair_of(moved, dtype, params, name).map(Some)
    }
}
