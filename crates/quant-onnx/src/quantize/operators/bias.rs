//! Biases in integers, and weights that are quantized again so that a bias fits.

use quant_ir::Result;

use super::constants::float_of;
use super::{Operators, Value};
use crate::data_type::DataType;
use crate::quantize::array::{self, Axis};
use crate::quantize::bias::{adjusted, quantize};
use crate::quantize::integer::Integer;
use crate::quantize::params::Params;
use crate::quantize::tensors::{floats, integers};
use crate::tensor::Tensor;

impl Operators<'_> {
    /// A bias of the scales of `input` and `weight`; none when one of them is no constant.
    pub(super) fn bias(
        &mut self,
        name: &str,
        input: &Value,
        weight: &str,
        beta: f32,
    ) -> Result<Option<String>> {
        if self.options.faithful
            && let Some(value) = self.values.get(name)
        {
            return Ok(Some(value.quantized.clone()));
        }
        let Some(of) = self.values.get(weight).cloned() else {
            return Ok(None);
        };
        let known = [name, &*input.scale, &of.scale]
            .iter()
            .all(|name| self.draft.is_constant(name));
        if !known {
            return Ok(None);
        }
        let (mut shape, mut values) = self.draft.floats(name)?;
        let step = self.draft.floats(&input.scale)?.1.first().copied().unwrap_or(1.0);
        let mut scales = self.draft.floats(&of.scale)?.1;
        let float = float_of(self.draft, name);
        let beta = if self.options.faithful {
            beta
        } else {
            values.iter_mut().for_each(|x| *x *= beta);
            1.0
        };
        let zeros = self.draft.array(&of.zero_point)?.to_ints();
        let zero = zeros.is_some_and(|zeros| zeros.iter().all(|zero| *zero == 0));
        let channels = of.axis.is_some();
        if zero
            && self.options.weight == Integer::I8
            && channels == self.options.per_channel
            && let Some(grown) = adjusted(&values, step, &scales, float, channels)
        {
            self.requantize(weight, &of, &grown)?;
            scales = grown;
        }
        if scales.len() > 1 && values.len() == 1 && !self.options.faithful {
            values = vec![values.first().copied().unwrap_or_default(); scales.len()];
            shape = vec![scales.len()];
        }
        if scales.len() > 1 && values.len() != scales.len() {
            return Ok(None);
        }
        let made = quantize(&values, step, &scales, beta, float, false);
        let mut value = self.named(name);
        // Another node reads the bias too, with scales of its own: onnxruntime takes the integers of the first.
        let mut number = 0;
        while self.draft.is_constant(&value.quantized) {
            number += 1;
            value = self.named(&format!("{name}_{number}"));
        }
        let bytes: Vec<u8> = made.integers.iter().flat_map(|q| q.to_le_bytes()).collect();
        self.tensor(&value.quantized, &Tensor::numbers(DataType::INT32, &shape, bytes));
        let count = made.scales.len();
        value.scale = self.draft.free(&format!("{}_scale", value.quantized));
        value.zero_point = self.draft.free(&format!("{}_zero_point", value.quantized));
        self.tensor(&value.scale, &floats(made.float, &[count], &made.scales));
        let sizes = if count > 1 { vec![count] } else { Vec::new() };
        let zeros = Tensor::numbers(DataType::INT32, &sizes, vec![0; 4 * count]);
        self.tensor(&value.zero_point, &zeros);
        value.axis = (count > 1).then_some(0);
        let quantized = value.quantized.clone();
        self.values.entry(name.to_owned()).or_insert(value);
        Ok(Some(quantized))
    }

    /// The same weight with other scales.
    fn requantize(&mut self, name: &str, value: &Value, scales: &[f32]) -> Result<()> {
        if !self.draft.is_constant(name) {
            return Ok(());
        }
        let (shape, values) = self.draft.floats(name)?;
        let integer = self.options.weight;
        let params: Vec<Params> = scales
            .iter()
            .map(|scale| Params {
                scale: *scale,
                zero_point: 0,
            })
            .collect();
        let along = value.axis.and_then(|axis| Axis::of(&shape, axis));
        let q = match (along, params.first()) {
            (Some(axis), _) => array::channel_integers(&values, axis, &params, integer.limits()),
            (None, Some(params)) => array::integers(&values, *params, integer.limits()),
            (None, None) => return Ok(()),
        };
        let sizes: Vec<usize> = along.map(|_| scales.len()).into_iter().collect();
        let float = float_of(self.draft, name);
        self.replace(&value.scale, &floats(float, &sizes, scales));
        self.replace(&value.quantized, &integers(integer, &shape, &q));
        Ok(())
    }
}
