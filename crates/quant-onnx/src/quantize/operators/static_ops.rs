//! What each operator becomes when ranges are known.

use quant_ir::Result;

use super::inputs::Role;
use super::{Operators, Value, quantized_name};
use crate::attribute::Attribute;
use crate::quantize::draft::{MICROSOFT, Wired};
use crate::quantize::integer::Integer;
use crate::quantize::params::Params;

impl Operators<'_> {
    /// Puts an operator on integers in place of a node; false where it stays float.
    pub(super) fn static_op(&mut self, wired: &Wired) -> Result<bool> {
        let (x, y) = (wired.input(0), wired.output(0));
        let opset = self.draft.opset;
        let op = wired.node.op();
        match op {
            "MatMul" | "Gemm" => {
                let floats = self.is_float(x) || self.is_float(wired.input(1));
                let constant =
                    self.options.const_b_only != Some(true) || self.draft.is_constant(wired.input(1));
                if !(floats && constant) {
                    return Ok(false);
                }
            }
            "Gather" if !self.is_float_constant(x) => return Ok(false),
            "Where" if !self.options.force => return Ok(false),
            "Where" => {}
            _ if !self.is_float(x) => return Ok(false),
            _ => {}
        }
        match op {
            "Conv" | "Gemm" => self.product(wired),
            "MatMul" => self.matmul(wired),
            "Add" | "Mul" => self.elementwise(wired, 2, &[]),
            "LeakyRelu" | "Sigmoid" | "AveragePool" => self.elementwise(wired, 1, &[]),
            "Softmax" => self.softmax(wired),
            "GlobalAveragePool" if self.values.contains_key(x) => {
                self.elementwise(wired, 1, &[("channels_last", Attribute::Int(0))])
            }
            "Concat" => self.concat(wired),
            "Where" => self.select(wired),
            "Relu" | "Clip" => Ok(self.removed(x, y)),
            "MaxPool" if opset < 12 => Ok(false),
            "Resize" if opset < 11 => Ok(false),
            // onnxruntime has no kernel for it, and makes the model all the same.
            "Resize" if !self.options.faithful && wired.node.text("mode")?.as_deref() == Some("cubic") => {
                Ok(false)
            }
            "Reshape" | "Transpose" | "Squeeze" | "Unsqueeze" | "Flatten" | "MaxPool" | "Resize" => {
                self.passing(wired)
            }
            "Pad" if opset >= 11 && self.values.contains_key(x) => self.pad(wired),
            "Split" => self.split(wired),
            "Gather" => {
                let Some(value) = self.input(x, Role::Activation)? else {
                    return Ok(false);
                };
                self.pass(wired, &value);
                Ok(true)
            }
            "ArgMax" => {
                let mut wired = wired.clone();
                if let (Some(value), Some(input)) = (self.values.get(x), wired.inputs.first_mut()) {
                    input.clone_from(&value.quantized);
                }
                self.push(wired);
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// An operator in integers that makes `y`, with the node's attributes.
    fn replace_node(&mut self, wired: &Wired, op: &str, domain: &str, inputs: &[&str], y: &Value) {
        let mut node = Wired {
            inputs: inputs.iter().map(|name| (*name).to_owned()).collect(),
            outputs: vec![y.quantized.clone()],
            ..wired.clone()
        };
        node.node.set_op(op);
        let name = quantized_name(wired);
        if !name.is_empty() {
            node.node.set_name(&name);
        }
        node.node.set_domain(domain);
        self.push(node);
        self.values.insert(wired.output(0).to_owned(), y.clone());
    }

    /// Conv and Gemm.
    fn product(&mut self, wired: &Wired) -> Result<bool> {
        let gemm = wired.node.op() == "Gemm";
        let (x, w, b) = (wired.input(0), wired.input(1), wired.input(2));
        let y = self.params_of(wired.output(0));
        if wired.inputs.len() == 3 && !self.draft.is_constant(b) {
            // onnxruntime has quantized the weight by now, for nothing.
            if self.options.faithful && self.draft.is_constant(w) {
                self.weight_of(wired)?;
            }
            return Ok(false);
        }
        let Some(x) = self.input(x, Role::Activation)? else {
            return Ok(false);
        };
        let weight = self.weight_of(wired)?;
        let (Some(weight), Some(y)) = (weight, y) else {
            return Ok(false);
        };
        let mut bias = String::new();
        if wired.inputs.len() == 3 {
            let factor = |name: &str| wired.node.float(name).map(|value| value.unwrap_or(1.0));
            let (alpha, beta) = if gemm {
                (factor("alpha")?, factor("beta")?)
            } else {
                (1.0, 1.0)
            };
            // QGemm multiplies the bias by alpha, too.
            let beta = if self.options.faithful || alpha == 0.0 {
                beta
            } else {
                beta / alpha
            };
            let Some(made) = self.bias(b, &x, w, beta)? else {
                return Ok(false);
            };
            bias = made;
        }
        let first = [&*x.quantized, &x.scale, &x.zero_point];
        let second = [&*weight.quantized, &weight.scale, &weight.zero_point];
        let mut inputs: Vec<&str> = [first, second].concat();
        if gemm {
            let mut wired = wired.clone();
            wired.node.remove("beta");
            inputs.extend([&*bias, &y.scale, &y.zero_point]);
            self.replace_node(&wired, "QGemm", MICROSOFT, &inputs, &y);
        } else {
            inputs.extend([&*y.scale, &y.zero_point]);
            if !bias.is_empty() {
                inputs.push(&bias);
            }
            self.replace_node(wired, "QLinearConv", "", &inputs, &y);
        }
        Ok(true)
    }

    /// The weight of a Conv or Gemm.
    fn weight_of(&mut self, wired: &Wired) -> Result<Option<Value>> {
        let gemm = wired.node.op() == "Gemm";
        let w = wired.input(1);
        if !(self.options.per_channel && self.draft.is_constant(w)) {
            return self.input(w, Role::Weight);
        }
        let transposed = gemm && wired.node.int("transB")?.unwrap_or(0) > 0;
        let axis = i64::from(gemm && !transposed);
        let integer = if gemm { self.options.weight } else { Integer::I8 };
        self.channels(w, integer, axis, true).map(Some)
    }

    fn matmul(&mut self, wired: &Wired) -> Result<bool> {
        let Some(a) = self.input(wired.input(0), Role::Activation)? else {
            return Ok(false);
        };
        let Some(b) = self.input(wired.input(1), Role::Columns)? else {
            return Ok(false);
        };
        let Some(y) = self.params_of(wired.output(0)) else {
            return Ok(false);
        };
        let inputs = [
            &*a.quantized,
            &a.scale,
            &a.zero_point,
            &b.quantized,
            &b.scale,
            &b.zero_point,
            &y.scale,
            &y.zero_point,
        ];
        self.replace_node(wired, "QLinearMatMul", "", &inputs, &y);
        Ok(true)
    }

    /// Operators of onnxruntime's own that have the float operator's name behind `QLinear`.
    fn elementwise(&mut self, wired: &Wired, count: usize, more: &[(&str, Attribute)]) -> Result<bool> {
        let y = self.params_of(wired.output(0));
        let names: Vec<&str> = (0..count).map(|at| wired.input(at)).collect();
        let Some(values) = self.inputs(&names, Role::Activation)? else {
            return Ok(false);
        };
        // A pool over everything has the parameters of its input where its own are not known.
        let same = values.first().filter(|_| !more.is_empty()).map(|x| Value {
            quantized: format!("{}_quantized", wired.output(0)),
            ..x.clone()
        });
        let Some(y) = y.or(same) else {
            return Ok(false);
        };
        let mut wired = wired.clone();
        for (name, value) in more {
            wired.node.set(name, value);
        }
        let mut inputs = Vec::new();
        for value in &values {
            inputs.extend([&*value.quantized, &value.scale, &value.zero_point]);
        }
        inputs.extend([&*y.scale, &y.zero_point]);
        let op = format!("QLinear{}", wired.node.op());
        self.replace_node(&wired, &op, MICROSOFT, &inputs, &y);
        Ok(true)
    }

    /// What a Softmax makes has 256 steps from 0 to 1.
    fn softmax(&mut self, wired: &Wired) -> Result<bool> {
        if let Some(quantized) = self.params.get_mut(wired.output(0)) {
            quantized.params = vec![Params {
                scale: 1.0 / 256.0,
                zero_point: if self.activation == Integer::U8 { 0 } else { -128 },
            }];
            quantized.integer = self.activation;
        }
        let opset = Attribute::Int(self.draft.opset);
        self.elementwise(wired, 1, &[("opset", opset)])
    }

    fn concat(&mut self, wired: &Wired) -> Result<bool> {
        let y = self.params_of(wired.output(0));
        let names: Vec<&str> = wired.inputs.iter().map(String::as_str).collect();
        let (Some(values), Some(y)) = (self.inputs(&names, Role::Activation)?, y) else {
            return Ok(false);
        };
        let mut inputs = vec![&*y.scale, &y.zero_point];
        for value in &values {
            inputs.extend([&*value.quantized, &value.scale, &value.zero_point]);
        }
        self.replace_node(wired, "QLinearConcat", MICROSOFT, &inputs, &y);
        Ok(true)
    }

    fn select(&mut self, wired: &Wired) -> Result<bool> {
        let y = self.params_of(wired.output(0));
        let names = [wired.input(1), wired.input(2)];
        let (Some(values), Some(y)) = (self.inputs(&names, Role::Activation)?, y) else {
            return Ok(false);
        };
        let mut inputs = vec![wired.input(0)];
        for value in &values {
            inputs.extend([&*value.quantized, &value.scale, &value.zero_point]);
        }
        inputs.extend([&*y.scale, &y.zero_point]);
        self.replace_node(wired, "QLinearWhere", MICROSOFT, &inputs, &y);
        Ok(true)
    }
}
