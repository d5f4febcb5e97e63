//! Operators whose activations are quantized when the model runs.

use quant_ir::Result;

use super::inputs::Role;
use super::{Operators, Value, quantized_name};
use crate::attribute::Attribute;
use crate::quantize::draft::Wired;
use crate::tensor::Tensor;

impl Operators<'_> {
    /// Puts operators on integers in place of a node; false where it stays float.
    pub(super) fn dynamic_op(&mut self, wired: &Wired) -> Result<bool> {
        let (x, w) = (wired.input(0), wired.input(1));
        match wired.node.op() {
            "Conv" if self.is_float(x) => self.integer_conv(wired),
            "MatMul" if self.is_float(x) || self.is_float(w) => {
                let constant = self.options.const_b_only.unwrap_or(true);
                if constant && !self.draft.is_constant(w) {
                    return Ok(false);
                }
                self.integer_product(wired, "MatMulInteger", Role::Columns, wired.output(0))
            }
            "Transpose" if self.is_float(x) => {
                let constant = self.options.force && self.is_float_constant(x);
                let value = if constant {
                    self.input(x, Role::Activation)?
                } else {
                    self.values.get(x).cloned()
                };
                match value {
                    Some(value) if constant || !self.options.force => {
                        self.pass(wired, &value);
                        Ok(true)
                    }
                    _ if self.options.force => Ok(false),
                    _ => {
                        self.push(wired.clone());
                        Ok(true)
                    }
                }
            }
            "Gather" if self.is_float_constant(x) => {
                let Some(value) = self.input(x, Role::Activation)? else {
                    return Ok(false);
                };
                self.pass(wired, &value);
                Ok(true)
            }
            "LSTM" => self.lstm(wired),
            _ => Ok(false),
        }
    }

    fn integer_conv(&mut self, wired: &Wired) -> Result<bool> {
        let (w, y) = (wired.input(1), wired.output(0));
        if wired.inputs.len() < 3 {
            return self.integer_product(wired, "ConvInteger", Role::Weight, y);
        }
        // A bias is added along the second axis of as many as the weight has.
        let Some(rank) = self.draft.tensor(w).map(|tensor| tensor.dims().len()) else {
            return Ok(false);
        };
        let scaled = format!("{y}quant_scaled_output");
        if !self.integer_product(wired, "ConvInteger", Role::Weight, &scaled)? {
            return Ok(false);
        }
        let shape = format!("{y}_bias_reshape_shape");
        let reshaped = format!("{y}_bias_reshape_output");
        let sizes: Vec<i64> = (0..rank).map(|at| if at == 1 { -1 } else { 1 }).collect();
        self.tensor(&shape, &Tensor::ints(&[rank], &sizes));
        self.push(Wired::new("Reshape", "", &[wired.input(2), &shape], &[&reshaped]));
        self.push(Wired::new(
            "Add",
            &format!("{y}_bias_add"),
            &[&scaled, &reshaped],
            &[y],
        ));
        Ok(true)
    }

    /// A product of integers, and its floats under the name `to`.
    fn integer_product(&mut self, wired: &Wired, op: &str, role: Role, to: &str) -> Result<bool> {
        let y = wired.output(0);
        let Some(data_type) = self.draft.types.get(y).copied() else {
            return Ok(false);
        };
        let Some(x) = self.input(wired.input(0), Role::Activation)? else {
            return Ok(false);
        };
        let Some(w) = self.input(wired.input(1), role)? else {
            return Ok(false);
        };
        let name = quantized_name(wired);
        let sum = format!("{y}_output_quantized");
        let mut product = Wired {
            inputs: [&x.quantized, &w.quantized, &x.zero_point, &w.zero_point]
                .map(Clone::clone)
                .to_vec(),
            outputs: vec![sum.clone()],
            ..wired.clone()
        };
        product.node.set_op(op);
        if !name.is_empty() {
            product.node.set_name(&name);
        }
        self.push(product);
        let cast = format!("{sum}_cast_output");
        let node = Wired::new("Cast", &format!("{sum}_cast"), &[&sum], &[&cast]);
        self.push(node.with("to", &Attribute::Int(data_type.0.into())));
        let scales = self.scales(&name, &x, &w);
        let last = if name.is_empty() {
            String::new()
        } else {
            format!("{name}_output_scale_mul")
        };
        self.push(Wired::new("Mul", &last, &[&cast, &scales], &[to]));
        Ok(true)
    }

    /// The product of two scales: that of two unnamed products is the same where their scales are.
    fn scales(&mut self, name: &str, x: &Value, w: &Value) -> String {
        let node = if name.is_empty() {
            format!("{}_{}_mul", x.scale, w.scale)
        } else {
            format!("{name}_scales_mul")
        };
        let product = format!("{node}:0");
        if !self.names.contains(&node) {
            self.push(Wired::new("Mul", &node, &[&x.scale, &w.scale], &[&product]));
        }
        product
    }
}
