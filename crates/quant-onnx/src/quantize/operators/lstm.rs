//! LSTM with weights in integers: `DynamicQuantizeLSTM`.

use quant_ir::Result;

use super::{Operators, Value, quantized_name};
use crate::data_type::DataType;
use crate::quantize::draft::{MICROSOFT, Wired};
use crate::quantize::integer::Integer;
use crate::tensor::{Tensor, TensorProto};

impl Operators<'_> {
    /// Weights of input and recurrence, each with a scale for a direction, or for each of its rows.
    pub(super) fn lstm(&mut self, wired: &Wired) -> Result<bool> {
        let names = [wired.input(1), wired.input(2)];
        let weight = |name: &&str| {
            let rank = self.draft.tensor(name).map(|tensor| tensor.dims().len());
            self.is_float_constant(name) && rank == Some(3)
        };
        if !self.is_float(wired.input(0)) || !names.iter().all(weight) {
            return Ok(false);
        }
        let w = self.gates(wired.input(1))?;
        let r = self.gates(wired.input(2))?;
        let mut node = wired.clone();
        let input = |at: usize| wired.input(at).to_owned();
        node.inputs = vec![input(0), w.quantized, r.quantized];
        node.inputs.extend((3..8).map(input));
        node.inputs.extend([w.scale, w.zero_point, r.scale, r.zero_point]);
        node.node.set_op("DynamicQuantizeLSTM");
        node.node.set_domain(MICROSOFT);
        node.node.remove("layout");
        let name = quantized_name(wired);
        if !name.is_empty() {
            node.node.set_name(&name);
        }
        self.push(node);
        self.dequantize(wired.input(0));
        Ok(true)
    }

    /// A weight of `[directions, 4 hidden, size]` in signed bytes, as `[directions, size, 4 hidden]`.
    fn gates(&mut self, name: &str) -> Result<Value> {
        if let Some(value) = self.values.get(name) {
            return Ok(value.clone());
        }
        let float = self.draft.array(name)?;
        let [directions, rows, size] = float.shape[..] else {
            return Ok(Value::default());
        };
        let per_channel = self.options.per_channel;
        if per_channel {
            let flat = Tensor {
                shape: vec![directions * rows, size],
                ..float.clone()
            };
            self.draft.replace_tensor(TensorProto::new(name, &flat));
        }
        let value = self.channels(name, Integer::I8, 0, true)?;
        let bytes = self.draft.array(&value.quantized)?.bytes().to_vec();
        let mut turned = Vec::with_capacity(bytes.len());
        for direction in bytes.chunks(rows * size) {
            for column in 0..size {
                turned.extend(direction.iter().skip(column).step_by(size));
            }
        }
        self.replace(
            &value.quantized,
            &Tensor::numbers(DataType::INT8, &[directions, size, rows], turned),
        );
        if per_channel {
            for name in [&value.scale, &value.zero_point] {
                let tensor = Tensor {
                    shape: vec![directions, rows],
                    ..self.draft.array(name)?
                };
                self.replace(name, &tensor);
            }
            self.replace(name, &float);
        }
        Ok(value)
    }
}
