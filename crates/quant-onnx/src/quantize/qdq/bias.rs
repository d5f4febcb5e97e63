//! Biases as 32-bit integers behind a DequantizeLinear that makes the bias itself.

use quant_ir::Result;

use super::mark::Bias;
use super::state::{Done, Qdq};
use crate::attribute::Attribute;
use crate::data_type::DataType;
use crate::quantize::bias;
use crate::quantize::draft::Wired;
use crate::quantize::number::Float;
use crate::quantize::ranges::float;
use crate::quantize::tensors::{data_type, floats};
use crate::tensor::{Tensor, TensorProto};

impl Qdq<'_> {
    /// All biases that have not been quantized as something else.
    pub(super) fn emit_biases(&mut self) -> Result<()> {
        for (name, bias) in std::mem::take(&mut self.biases) {
            if !self.done.contains_key(&name) {
                self.emit_bias(&name, &bias)?;
            }
        }
        Ok(())
    }

    /// Scales of a tensor that is quantized, by this or already in the float model.
    fn scales(&self, name: &str) -> Result<Option<Vec<f32>>> {
        if let Some(done) = self.done.get(name) {
            return Ok(Some(done.params.iter().map(|params| params.scale).collect()));
        }
        let scale = match self.draft.maker(name) {
            Some(maker) if maker.node.op() == "DequantizeLinear" => maker.input(1).to_owned(),
            _ => return Ok(None),
        };
        if !self.draft.is_constant(&scale) {
            return Ok(None);
        }
        self.draft.floats(&scale).map(|(_, values)| Some(values))
    }

    /// A bias whose input or weight has no scale stays float.
    fn emit_bias(&mut self, name: &str, of: &Bias) -> Result<()> {
        let (Some(weights), Some(inputs)) = (self.scales(&of.weight)?, self.scales(&of.input)?) else {
            return Ok(());
        };
        let (mut shape, mut values) = self.draft.floats(name)?;
        let own = self.draft.tensor(name).map(TensorProto::data_type);
        let own = float(own).unwrap_or_default();
        let beta = if of.beta == 1.0 || self.options.faithful {
            of.beta
        } else {
            folded(&mut values, of.beta)
        };
        // One number for all channels, or a row of them, becomes a bias for each.
        if weights.len() > 1 && values.len() != weights.len() {
            let Some(one) = values.first().copied().filter(|_| values.len() == 1) else {
                return Ok(());
            };
            values = vec![one; weights.len()];
            shape = vec![weights.len()];
        } else if weights.len() > 1 {
            shape = vec![weights.len()];
        }
        let input = inputs.first().copied().unwrap_or(1.0);
        let made = bias::quantize(&values, input, &weights, beta, own, true);
        let quantized = format!("{name}_quantized");
        let scale = self.draft.free(&format!("{quantized}_scale"));
        let zero_point = self.draft.free(&format!("{quantized}_zero_point"));
        let bytes = |values: &[i32]| values.iter().flat_map(|q| q.to_le_bytes()).collect::<Vec<u8>>();
        let tensor = Tensor::numbers(DataType::INT32, &shape, bytes(&made.integers));
        self.draft.add_tensor(TensorProto::new(&quantized, &tensor));
        let count = made.scales.len();
        let scales = floats(made.float, &[count], &made.scales);
        self.draft.add_tensor(TensorProto::new(&scale, &scales));
        let zeros = if count > 1 { vec![count] } else { Vec::new() };
        let zeros = Tensor::numbers(DataType::INT32, &zeros, bytes(&vec![0; count]));
        self.draft.add_tensor(TensorProto::new(&zero_point, &zeros));
        self.draft.drop_constant(name);
        let done = Done {
            scale,
            zero_point,
            params: Vec::new(),
        };
        let mut output = name.to_owned();
        if own == Float::F16 && made.float == Float::F32 {
            output = format!("{name}_DequantizeLinear_Output");
            let cast = Wired::new("Cast", &format!("{name}_Cast"), &[&output], &[name]);
            let to = i64::from(data_type(own).0);
            self.draft.add(cast.with("to", &Attribute::Int(to)));
        }
        let node_name = format!("{name}_DequantizeLinear");
        let axis = (count > 1).then_some(0);
        let node = self.node("DequantizeLinear", &node_name, &quantized, &output, &done, axis);
        self.draft.add(node);
        self.done.insert(name.to_owned(), done);
        Ok(())
    }
}

/// Multiplies a bias by `beta`, which is 1 from then on.
fn folded(values: &mut [f32], beta: f32) -> f32 {
    for x in values {
        *x *= beta;
    }
    1.0
}
