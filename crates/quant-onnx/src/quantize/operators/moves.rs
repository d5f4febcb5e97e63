//! Operators that move values, or cut them: on integers as they are.

use quant_ir::Result;

use super::inputs::Role;
use super::{Operators, Value, quantized_name};
use crate::quantize::array;
use crate::quantize::draft::Wired;
use crate::quantize::params::Params;
use crate::quantize::tensors::integers;

impl Operators<'_> {
    /// A Relu or Clip behind integers goes, since they end where it would cut. onnxruntime drops it also where somebody else
    /// reads its input, whose range then is the wider one.
    pub(super) fn removed(&mut self, x: &str, y: &str) -> bool {
        let Some(value) = self.values.get(x).cloned() else {
            return false;
        };
        let alone =
            self.draft.uses(x) == 1 && !self.draft.outputs.contains(x) && !self.draft.inner.contains(x);
        if self.options.activation_symmetric || !(alone || self.options.faithful) {
            return false;
        }
        self.values.insert(y.to_owned(), value);
        true
    }

    /// Operators that move values: on integers behind integers.
    pub(super) fn passing(&mut self, wired: &Wired) -> Result<bool> {
        let x = wired.input(0);
        // onnxruntime forces only constants.
        let forced = self.options.force && (!self.options.faithful || self.is_float_constant(x));
        let value = if forced {
            self.input(x, Role::Activation)?
        } else if self.options.force {
            None
        } else {
            let Some(value) = self.values.get(x).cloned() else {
                self.push(wired.clone());
                return Ok(true);
            };
            Some(value)
        };
        let Some(value) = value else {
            return Ok(false);
        };
        self.pass(wired, &value);
        Ok(true)
    }

    /// The node itself on integers, with its input's parameters.
    pub(super) fn pass(&mut self, wired: &Wired, value: &Value) {
        let y = wired.output(0).to_owned();
        let made = Value {
            quantized: format!("{y}_quantized"),
            ..value.clone()
        };
        let mut node = wired.clone();
        for (name, new) in [
            (node.inputs.first_mut(), &value.quantized),
            (node.outputs.first_mut(), &made.quantized),
        ] {
            if let Some(name) = name {
                name.clone_from(new);
            }
        }
        self.push(node);
        self.values.insert(y, made);
    }

    pub(super) fn pad(&mut self, wired: &Wired) -> Result<bool> {
        let Some(value) = self.values.get(wired.input(0)).cloned() else {
            return Ok(false);
        };
        let mut wired = wired.clone();
        let mode = wired.node.text("mode")?;
        if mode.is_none_or(|mode| mode == "constant") {
            let fill = wired.input(2).to_owned();
            let known = [&value.zero_point, &value.scale]
                .iter()
                .all(|name| self.draft.is_constant(name));
            let with = if fill.is_empty() {
                value.zero_point.clone()
            } else if !known {
                return Ok(false);
            } else if self.draft.is_constant(&fill) {
                self.fill(&fill, &value)?
            } else {
                let name = format!("{fill}_quantized");
                let inputs = [&*fill, &value.scale, &value.zero_point];
                let node = format!("{fill}_QuantizeLinear");
                self.push(Wired::new("QuantizeLinear", &node, &inputs, &[&name]));
                name
            };
            wired.inputs.resize(wired.inputs.len().max(3), String::new());
            if let Some(input) = wired.inputs.get_mut(2) {
                *input = with;
            }
        }
        self.pass(&wired, &value);
        Ok(true)
    }

    /// The constant that a Pad fills with, in the integers of what is padded.
    fn fill(&mut self, name: &str, value: &Value) -> Result<String> {
        let (shape, values) = self.draft.floats(name)?;
        let scale = self.draft.floats(&value.scale)?.1.first().copied().unwrap_or(1.0);
        let zeros = self.draft.array(&value.zero_point)?.to_ints().unwrap_or_default();
        let zero_point = zeros.first().copied().unwrap_or_default() as i32;
        let params = Params { scale, zero_point };
        let q = array::integers(&values, params, self.activation.limits());
        let mut quantized = format!("{name}_quantized");
        let mut number = 0;
        while self.draft.is_constant(&quantized) && !self.options.faithful {
            number += 1;
            quantized = format!("{name}_quantized_{number}");
        }
        let tensor = integers(self.activation, &shape, &q);
        self.tensor(&quantized, &tensor);
        Ok(quantized)
    }

    pub(super) fn split(&mut self, wired: &Wired) -> Result<bool> {
        let Some(value) = self.input(wired.input(0), Role::Activation)? else {
            return Ok(false);
        };
        let mut node = wired.clone();
        if let Some(input) = node.inputs.first_mut() {
            input.clone_from(&value.quantized);
        }
        for output in &mut node.outputs {
            let made = Value {
                quantized: format!("{output}quantized"),
                ..value.clone()
            };
            let name = std::mem::replace(output, made.quantized.clone());
            self.values.insert(name, made);
        }
        let name = quantized_name(wired);
        if !name.is_empty() {
            node.node.set_name(&name);
        }
        self.push(node);
        Ok(true)
    }
}
