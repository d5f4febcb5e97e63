//! Integers of a file as values of a model.

use quant_ir::{Builtin, DType, OpCode, Operator, Options, QuantParam, Result, TensorId};
use quant_lower::Stored;

use super::dequantized;
use super::state::{GraphLowering, Ints, refuse};

impl GraphLowering {
    /// Integers of a constant: floats, with a pair behind them when they are weights of 8 bits or fewer.
    pub fn constant(
        &mut self,
        id: TensorId,
        (scales, zeros): (&[f32], &[i64]),
        axis: usize,
        (block, of): (i64, &[usize]),
        name: &str,
    ) -> Result<Vec<Stored>> {
        let dtype = self.builder.dtype(id);
        let shape = self.builder.shape(id);
        let bytes = self.builder.bytes(id).unwrap_or_default();
        let Some(integers) = dequantized::integers_of(dtype, &bytes, &shape) else {
            return refuse(
                format!("a constant of {}", dtype.word()),
                "integers are dequantized",
            );
        };
        let blocks = usize::try_from(block).ok().filter(|block| *block > 0);
        let floats = match blocks {
            Some(block) => dequantized::blocks(&integers, &shape, (scales, zeros), axis, (block, of)),
            None => dequantized::floats(&integers, &shape, scales, zeros, axis),
        };
        let Some(floats) = floats else {
            return refuse(
                format!("{} scales for a constant of shape {shape:?}", scales.len()),
                "quantize the model again",
            );
        };
        let above = scales.iter().all(|scale| *scale > 0.0);
        let whole = above && matches!(dtype, DType::Int8 | DType::Uint8 | DType::Int4 | DType::Uint4);
        let plain = |id| {
            vec![Stored {
                id,
                channels_last: false,
            }]
        };
        if !whole || blocks.is_some() {
            let id = self.builder.floats(name, &shape, &floats)?;
            return Ok(plain(id));
        }
        let id = self.builder.floats(&format!("{name}/floats"), &shape, &floats)?;
        let ints = dequantized::weights(scales, zeros, dtype, axis)?;
        let id = self.builder.pair_of(id, ints.dtype, ints.params, name)?;
        Ok(plain(id))
    }

    /// Parts of a constant of integers, as an embedding has them: the constant gets its pair, and its floats are gathered. `None`
    /// for other integers.
    fn gathered(
        &mut self,
        id: TensorId,
        (scales, zeros): (&[f32], &[i64]),
        name: &str,
    ) -> Result<Option<Vec<Stored>>> {
        let graph = self.builder.model.main();
        let Some(op) = graph.producer(id).map(|op| graph.operator(op).clone()) else {
            return Ok(None);
        };
        let (Builtin::GATHER, Some(data), Some(places)) = (op.code.builtin, op.input(0), op.input(1)) else {
            return Ok(None);
        };
        if !self.builder.is_constant(data) || scales.len() != 1 {
            return Ok(None);
        }
        let whole = self.builder.fresh(&format!("{name}/data"));
        let made = self.constant(data, (scales, zeros), 0, (0, &[]), &whole)?;
        let Some(floats) = made.first() else {
            return Ok(None);
        };
        let inputs = [floats.id, places];
        let id = self
            .builder
            .emit(Builtin::GATHER, &inputs, op.options, name, DType::Float32)?;
        Ok(Some(vec![Stored {
            id,
            channels_last: false,
        }]))
    }

    /// Integers that are an input of the model, or parts of a constant: the tensor has the parameters.
    pub fn input_of_integers(
        &mut self,
        id: TensorId,
        scales: &[f32],
        zeros: &[i64],
        name: &str,
    ) -> Result<Vec<Stored>> {
        if let Some(made) = self.gathered(id, (scales, zeros), name)? {
            return Ok(made);
        }
        let dtype = self.builder.dtype(id);
        if scales.len() != 1 || !matches!(dtype, DType::Int8 | DType::Uint8 | DType::Int16) {
            return refuse(
                format!("integers of {} that an operator makes", dtype.word()),
                "docs/onnx.md says which are read",
            );
        }
        let tensor = self.builder.model.main_mut().tensor_mut(id);
        tensor.quant = Some(QuantParam {
            scale: scales.to_vec(),
            zero_point: zeros.to_vec(),
            ..QuantParam::default()
        });
        let shape = self.builder.shape(id);
        let made = self.builder.tensor(name, DType::Float32, &shape)?;
        let code = OpCode::builtin(Builtin::DEQUANTIZE);
        let op = Operator::new(code, vec![Some(id)], vec![made], Options::default());
        self.builder.model.main_mut().push(op)?;
        Ok(vec![Stored {
            id: made,
            channels_last: false,
        }])
    }

    /// What stands around, as the float that its integer stands for.
    #[allow(clippy::as_conversions, clippy::arithmetic_side_effects)] // an integer of 16 bits
    pub fn padding(&mut self, value: Stored, ints: &Ints) -> Result<Stored> {
        let dtype = self.builder.dtype(value.id);
        let shift = if dtype == DType::Uint16 { 32768 } else { 0 };
        let bytes = self.builder.bytes(value.id).unwrap_or_default();
        let found = dequantized::integers(dtype, &bytes).unwrap_or_default();
        let (&[q], [zero], [scale]) = (
            found.as_slice(),
            ints.params.zero_point.as_slice(),
            ints.params.scale.as_slice(),
        ) else {
            return refuse("a value to pad with that is computed", "give a constant");
        };
        let id = self
            .builder
            .floats("pad_value", &[], &[(q - shift - zero) as f32 * scale])?;
        Ok(Stored {
            id,
            channels_last: false,
        })
    }
}
