//! Operators among operators: one sweep over the graph in which each is put back with others before and behind it.

use super::Context;
use crate::quantize::constant::quantize_name;
use crate::scheme::setting::{Encoding, Setting};
use quant_ir::error::Result;
use quant_ir::{Builtin, DType, OpCode, OpId, Operator, Options, QuantParam, TensorId};

impl Context<'_> {
    /// Takes all operators out of the graph, puts those of `first` in, and hands the others, in their order and with their
    /// settings, to `step`, which puts each back ([`Context::push`]), with others around it as it likes. The graph has the
    /// operators that are back. What [`Context::redirect`] says holds for the operators from then on, and at the end for
    /// the outputs of the graph and of its signatures.
    ///
    /// # Errors
    /// Those of `step`. The graph has then lost operators.
    pub fn rewrite(
        &mut self,
        first: Vec<Operator>,
        mut step: impl FnMut(&mut Self, Operator, Setting) -> Result<()>,
    ) -> Result<()> {
        let operators = self.model.main_mut().take_operators();
        let settings = std::mem::take(&mut self.settings);
        for op in first {
            self.push(op, self.config.setting)?;
        }
        for (mut op, setting) in operators.into_iter().zip(settings) {
            for read in op.inputs.iter_mut().flatten() {
                *read = self.read_as(*read);
            }
            step(self, op, setting)?;
        }
        if !self.through.is_empty() {
            let outputs = self.graph().outputs().iter().map(|id| self.read_as(*id));
            let outputs = outputs.collect();
            self.model.main_mut().set_outputs(outputs)?;
            let through = std::mem::take(&mut self.through);
            self.model
                .redirect_signatures(|output| through.get(&output).copied().unwrap_or(output));
        }
        Ok(())
    }

    /// Appends an operator.
    ///
    /// # Errors
    /// As [`quant_ir::Graph::push`].
    pub fn push(&mut self, op: Operator, setting: Setting) -> Result<OpId> {
        let id = self.model.main_mut().push(op)?;
        self.settings.push(setting);
        Ok(id)
    }

    /// Lets what comes behind read `to` instead of `from`.
    pub fn redirect(&mut self, from: TensorId, to: TensorId) {
        self.through.insert(from, to);
    }

    fn read_as(&self, id: TensorId) -> TensorId {
        self.through.get(&id).copied().unwrap_or(id)
    }

    /// Appends a Quantize of an activation with the range that it has, and returns its output.
    ///
    /// # Errors
    /// As [`Context::push`].
    pub fn quantize(&mut self, from: TensorId, to: Encoding) -> Result<TensorId> {
        let output = self.output_range(from);
        let quant = self.tensor(from).quant.clone().unwrap_or_default();
        let quant = self.parameters(&quant, to, output);
        self.convert(from, Builtin::QUANTIZE, to.dtype, Some(quant))
    }

    /// Appends a Quantize or Dequantize of a tensor, and returns its output.
    ///
    /// # Errors
    /// As [`Context::push`].
    pub fn convert(
        &mut self,
        from: TensorId,
        builtin: Builtin,
        dtype: DType,
        quant: Option<QuantParam>,
    ) -> Result<TensorId> {
        let to = self.converted(from, builtin, dtype, quant);
        self.push(conversion(builtin, from, to), self.config.setting)?;
        Ok(to)
    }

    /// Adds the output of a Quantize or Dequantize of a tensor.
    pub fn converted(
        &mut self,
        from: TensorId,
        builtin: Builtin,
        dtype: DType,
        quant: Option<QuantParam>,
    ) -> TensorId {
        let name = &self.tensor(from).name;
        let name = match builtin {
            Builtin::DEQUANTIZE => format!("{name}_Dequantize"),
            _ => quantize_name(name),
        };
        let name = self.names.take(&name);
        let mut tensor = self.tensor(from).of_same_shape(name, dtype);
        tensor.quant = quant;
        self.model.main_mut().add_tensor(tensor)
    }
}

/// A Quantize or Dequantize.
pub fn conversion(builtin: Builtin, from: TensorId, to: TensorId) -> Operator {
    Operator::new(
        OpCode::builtin(builtin),
        vec![Some(from)],
        vec![to],
        Options::default(),
    )
}
