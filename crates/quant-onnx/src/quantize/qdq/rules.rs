//! What each operator wants quantized.

use quant_ir::Result;

use super::state::Qdq;
use crate::quantize::ranges::float;

impl Qdq<'_> {
    /// Marks what a node wants quantized.
    pub(super) fn visit(&mut self, at: usize) -> Result<()> {
        let Some(wired) = self.draft.nodes.get(at).cloned() else {
            return Ok(());
        };
        let node = &wired.node;
        let op = node.op();
        let opset = self.draft.opset;
        let outputs = !self.options.float_outputs.iter().any(|kept| kept == op);
        let (x, y) = (wired.input(0), wired.output(0));
        match op {
            "Conv" | "ConvTranspose" | "Gemm" => {
                let transposed = op == "Gemm" && node.int("transB")?.unwrap_or(0) > 0;
                let axis = i64::from(!(op == "Conv" || transposed));
                self.activation(x);
                if outputs {
                    self.activation(y);
                }
                self.weight(wired.input(1), axis);
                if wired.inputs.len() == 3 && op != "Gemm" {
                    self.bias(at, wired.input(2), x, wired.input(1), 1.0);
                } else if wired.inputs.len() == 3 && self.draft.is_constant(wired.input(2)) {
                    let beta = node.float("beta")?;
                    self.bias(at, wired.input(2), x, wired.input(1), beta.unwrap_or(1.0));
                    if beta.is_some()
                        && let Some(wired) = self.draft.nodes.get_mut(at)
                    {
                        wired.node.set("beta", &crate::Attribute::Float(1.0));
                    }
                }
            }
            "MatMul" => {
                let made = wired.outputs.iter().filter(|_| outputs);
                for name in wired.inputs.iter().chain(made) {
                    if self.draft.is_constant(name) {
                        let axis = self.matmul_axis(name, name == wired.input(1));
                        self.weight(name, axis);
                    } else {
                        self.activation(name);
                    }
                }
            }
            "Relu" | "Clip" => self.removable(at, x, y, outputs),
            "Resize" if opset < 11 => {}
            "MaxPool" if opset < 12 => {}
            "Reshape" | "Transpose" | "Squeeze" | "Unsqueeze" | "Flatten" | "AveragePool" | "Slice"
            | "TopK" | "Resize" | "MaxPool" => {
                if self.options.force {
                    self.activation(x);
                }
                if outputs && (self.options.force || self.is_marked(x)) {
                    self.share(y, x);
                }
            }
            "Split" => {
                if !self.is_marked(x) {
                    self.activation(x);
                }
                for y in wired.outputs.iter().filter(|_| outputs) {
                    self.share(y, x);
                }
            }
            "Gather" | "GatherElements" => {
                if self.is_float_constant(x) || self.options.force {
                    self.activation(x);
                    self.share(y, x);
                } else if self.is_marked(x) {
                    self.share(y, x);
                }
            }
            "Where" => {
                let values = [wired.input(1), wired.input(2)];
                for value in values.into_iter().filter(|_| self.options.force) {
                    if !self.is_marked(value) {
                        self.activation(value);
                    }
                }
                let all = values.into_iter().all(|value| self.is_marked(value));
                for y in wired.outputs.iter().filter(|_| outputs) {
                    if all || self.options.force {
                        self.activation(y);
                    }
                }
            }
            "InstanceNormalization" | "LayerNormalization" | "BatchNormalization" => {
                self.activation(x);
                let scale = wired.input(1);
                if self.draft.is_constant(scale) {
                    let axis = self.options.axes.get(op).copied().unwrap_or(1);
                    self.weight(scale, axis);
                } else {
                    self.activation(scale);
                }
                if !wired.input(2).is_empty() {
                    self.bias(at, wired.input(2), x, scale, 1.0);
                }
                for y in wired.outputs.iter().filter(|_| outputs) {
                    self.activation(y);
                }
            }
            "Pad" => {
                for input in wired.inputs.iter().filter(|input| !input.is_empty()) {
                    self.activation(input);
                }
                if outputs && self.pads_with_own(at)? {
                    self.share(y, x);
                } else if outputs {
                    self.activation(y);
                }
            }
            _ => {
                let made = wired.outputs.iter().filter(|_| outputs);
                for name in wired.inputs.iter().chain(made) {
                    self.activation(name);
                }
            }
        }
        Ok(())
    }

    /// The axis of a MatMul's constant that has a scale for each channel. onnxruntime takes 1, whatever the rank, and for a
    /// left constant too, which both add up along it.
    fn matmul_axis(&self, name: &str, right: bool) -> i64 {
        if let Some(axis) = self.options.axes.get("MatMul") {
            return *axis;
        }
        let rank = self.draft.tensor(name).map_or(2, |tensor| tensor.dims().len());
        match (self.options.faithful, right) {
            (false, true) if rank > 1 => -1,
            (false, false) if rank > 1 => -2,
            _ => 1,
        }
    }

    /// A Relu or Clip goes where integers cannot be out of its limits anyway, and where nobody else reads what it reads.
    fn removable(&mut self, at: usize, x: &str, y: &str, outputs: bool) {
        if !self.is_marked(x) {
            return;
        }
        let seen = !self.options.faithful && self.draft.inner.contains(x);
        let goes = !self.options.activation_symmetric
            && !self.options.keep_activations
            && self.activations.contains_key(y)
            && self.draft.uses(x) == 1
            && !self.draft.outputs.contains(x)
            && !self.draft.inputs.contains(x)
            && !seen;
        if goes {
            self.draft.rename_output(x, y);
            self.marks.remove(x);
            if let Some(wired) = self.draft.nodes.get_mut(at) {
                wired.gone = true;
            }
        } else {
            self.activation(x);
        }
        if outputs {
            self.activation(y);
        }
    }

    /// Whether what a Pad adds has the parameters of its input: values of the input, or 0.
    fn pads_with_own(&self, at: usize) -> Result<bool> {
        let Some(wired) = self.draft.nodes.get(at) else {
            return Ok(false);
        };
        let mode = wired.node.text("mode")?;
        match mode.as_deref() {
            Some("reflect" | "edge" | "wrap") => return Ok(true),
            None | Some("constant") => {}
            Some(_) => return Ok(false),
        }
        if float(self.draft.types.get(wired.input(0)).copied()).is_none() {
            return Ok(false);
        }
        let value = if self.draft.opset < 11 {
            wired.node.float("value")?.unwrap_or(0.0)
        } else {
            let name = wired.input(2);
            if name.is_empty() {
                return Ok(true);
            }
            let constant = match self.draft.maker(name) {
                Some(maker) if maker.node.op() == "Constant" => maker.node.tensor("value")?,
                _ => self.draft.tensor(name).cloned(),
            };
            let Some(constant) = constant else {
                return Ok(false);
            };
            match constant.tensor()?.to_floats() {
                Some(values) => values.first().copied().unwrap_or(0.0),
                None => return Ok(false),
            }
        };
        Ok(value == 0.0)
    }
}
