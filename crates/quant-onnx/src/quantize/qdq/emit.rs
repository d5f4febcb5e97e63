//! Pairs for what is marked: constants and tensors with parameters of their own first, then those that share.

use quant_ir::{Error, Place, Problem, Result};

use super::state::{Done, Qdq};
use crate::attribute::Attribute;
use crate::quantize::activations::Quantized;
use crate::quantize::array::{self, Axis};
use crate::quantize::draft::{MICROSOFT, Wired};
use crate::quantize::tensors::{floats, integers};
use crate::tensor::TensorProto;

const QUANTIZE: &str = "QuantizeLinear";
const DEQUANTIZE: &str = "DequantizeLinear";

impl Qdq<'_> {
    /// Pairs for all marks.
    pub(super) fn emit(&mut self) -> Result<()> {
        for (name, mark) in self.marks.all() {
            if mark.shared.is_some() || self.done.contains_key(&name) {
                continue;
            }
            if self.draft.is_constant(&name) {
                self.emit_constant(&name)?;
            } else if !self.is_dequantized(&name) {
                let Some(quantized) = self.activations.get(&name).cloned() else {
                    let hint = "calibrate it, or exclude the nodes that read and make it";
                    return Err(Error::new(
                        Place::tensor("tensor", &name),
                        Problem::MissingRange,
                        hint,
                    ));
                };
                let done = self.add_params(&name, &quantized);
                self.emit_activation(&name, done);
            }
            self.marks.remove(&name);
        }
        self.emit_shared()
    }

    /// Those that have another's parameters, which may share them itself. One whose other is never quantized stays float.
    fn emit_shared(&mut self) -> Result<()> {
        loop {
            let mut more = false;
            for (name, mark) in self.marks.all() {
                let Some(done) = mark.shared.and_then(|with| self.done.get(&with).cloned()) else {
                    continue;
                };
                self.marks.remove(&name);
                if self.draft.is_constant(&name) || self.is_dequantized(&name) {
                    continue;
                }
                self.emit_activation(&name, done);
                more = true;
            }
            if !more {
                return Ok(());
            }
        }
    }

    /// Whether the float model has it from a DequantizeLinear.
    fn is_dequantized(&self, name: &str) -> bool {
        self.draft
            .maker(name)
            .is_some_and(|maker| maker.node.op() == DEQUANTIZE)
    }

    /// Initializers of scale and zero point.
    fn add_params(&mut self, name: &str, quantized: &Quantized) -> Done {
        let zero_point = self.draft.free(&format!("{name}_zero_point"));
        let scale = self.draft.free(&format!("{name}_scale"));
        let shape: Vec<usize> = quantized
            .axis
            .map(|_| quantized.params.len())
            .into_iter()
            .collect();
        let zeros: Vec<i32> = quantized.params.iter().map(|params| params.zero_point).collect();
        let scales: Vec<f32> = quantized.params.iter().map(|params| params.scale).collect();
        let zeros = integers(quantized.integer, &shape, &zeros);
        self.draft.add_tensor(TensorProto::new(&zero_point, &zeros));
        let scales = floats(quantized.float, &shape, &scales);
        self.draft.add_tensor(TensorProto::new(&scale, &scales));
        Done {
            scale,
            zero_point,
            params: quantized.params.clone(),
        }
    }

    fn emit_constant(&mut self, name: &str) -> Result<()> {
        let Some(quantized) = self.constants.get(name).cloned() else {
            return Ok(());
        };
        let done = self.add_params(name, &quantized);
        let output = format!("{name}_DequantizeLinear_Output");
        let dequantize = format!("{name}_DequantizeLinear");
        self.draft.redirect(name, &output);
        let axis = quantized.axis;
        if self.options.pair_to_weight {
            let between = format!("{name}_QuantizeLinear_Output");
            let quantize = format!("{name}_QuantizeLinear");
            self.pair(name, &between, &output, &quantize, &dequantize, &done, axis);
        } else {
            let (shape, values) = self.draft.floats(name)?;
            let limits = quantized.integer.limits();
            let axis_of = axis.and_then(|axis| Axis::of(&shape, axis as i64));
            let of = match (axis_of, quantized.params.first()) {
                (Some(axis), _) => array::channel_integers(&values, axis, &quantized.params, limits),
                (None, Some(params)) => array::integers(&values, *params, limits),
                (None, None) => Vec::new(),
            };
            let weight = format!("{name}_quantized");
            let tensor = integers(quantized.integer, &shape, &of);
            self.draft.add_tensor(TensorProto::new(&weight, &tensor));
            let node = self.node(DEQUANTIZE, &dequantize, &weight, &output, &done, axis);
            self.draft.add(node);
        }
        self.done.insert(name.to_owned(), done);
        Ok(())
    }

    fn emit_activation(&mut self, name: &str, done: Done) {
        let receivers = self.receivers.get(name).cloned().unwrap_or_default();
        let [between, output] =
            ["QuantizeLinear_Output", "DequantizeLinear_Output"].map(|end| format!("{name}_{end}"));
        let [quantize, dequantize] =
            ["QuantizeLinear", "DequantizeLinear"].map(|end| format!("{name}_{end}"));
        if self.options.dedicated && receivers.len() > 1 {
            for (number, at) in receivers.into_iter().enumerate() {
                let [between, output, quantize, dequantize] =
                    [&between, &output, &quantize, &dequantize].map(|text| format!("{text}_{}", number + 1));
                self.pair(name, &between, &output, &quantize, &dequantize, &done, None);
                self.draft.redirect_one(at, name, &output);
            }
        } else if self.draft.outputs.contains(name) {
            let input = format!("{name}_QuantizeLinear_Input");
            self.draft.rename_output(name, &input);
            self.pair(&input, &between, name, &quantize, &dequantize, &done, None);
        } else {
            self.draft.redirect(name, &output);
            self.pair(name, &between, &output, &quantize, &dequantize, &done, None);
        }
        self.done.insert(name.to_owned(), done);
    }

    #[allow(clippy::too_many_arguments)] // the names of two nodes and three values
    fn pair(
        &mut self,
        input: &str,
        between: &str,
        output: &str,
        quantize: &str,
        dequantize: &str,
        done: &Done,
        axis: Option<usize>,
    ) {
        let first = self.node(QUANTIZE, quantize, input, between, done, axis);
        let second = self.node(DEQUANTIZE, dequantize, between, output, done, axis);
        self.draft.add(first);
        self.draft.add(second);
    }

    /// A QuantizeLinear or DequantizeLinear.
    pub(super) fn node(
        &self,
        op: &str,
        name: &str,
        input: &str,
        output: &str,
        done: &Done,
        axis: Option<usize>,
    ) -> Wired {
        let mut node = Wired::new(op, name, &[input, &done.scale, &done.zero_point], &[output]);
        if let Some(axis) = axis {
            node = node.with("axis", &Attribute::Int(axis as i64));
        }
        if self.options.contrib {
            node.of_domain(MICROSOFT)
        } else {
            node
        }
    }
}
