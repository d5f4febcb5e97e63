//! Changing constants of a float model: an operator gets values of its own.

use quant_ir::error::Result;
use quant_ir::{Builtin, DType, FreeNames, Model, OpCode, OpId, Operator};
use quant_schema::{ActivationFunctionType as Activation, BuiltinOptionsT as O};

use crate::quantize::constant::{self, BufferUses};

/// A dimension as a size.
pub fn size(d: i32) -> usize {
    usize::try_from(d).unwrap_or(0)
}

/// The float elements of an operand of an operator, when it is a constant.
pub fn operand(model: &Model, op: OpId, at: usize) -> Option<Vec<f32>> {
    let graph = model.main();
    let id = graph.operator(op).input(at)?;
    model.f32_data(graph.tensor(id))
}

/// A model that is changed.
pub struct Edit<'a> {
    /// The model.
    pub model: &'a mut Model,
    uses: BufferUses,
    names: FreeNames,
}

impl<'a> Edit<'a> {
    /// Changes of a model.
    pub fn of(model: &'a mut Model) -> Self {
        Self {
            uses: BufferUses::of(model),
            names: FreeNames::of(model.main()),
            model,
        }
    }

    /// Gives an operand of an operator these elements; whoever else reads the constant keeps the old ones.
    ///
    /// # Errors
    /// None that a sound graph could have.
    pub fn set(&mut self, op: OpId, at: usize, values: &[f32]) -> Result<()> {
        let graph = self.model.main();
        let Some(mut id) = graph.operator(op).input(at) else {
            return Ok(());
        };
        let reads = graph
            .operator(op)
            .inputs
            .iter()
            .filter(|one| **one == Some(id))
            .count();
        if graph.users(id) > 1 || reads > 1 {
            let mut copy = graph.tensor(id).clone();
            copy.name = self.names.take(&copy.name);
            self.uses.add(copy.buffer);
            let graph = self.model.main_mut();
            id = graph.add_tensor(copy);
            graph.edit(op, |operator| operator.inputs[at] = Some(id))?;
        }
        let bytes: Vec<u8> = values.iter().flat_map(|x| x.to_le_bytes()).collect();
        constant::store(self.model, &mut self.uses, id, DType::Float32, bytes.into());
        Ok(())
    }

    /// Lets an operator compute RELU in place of RELU6, fused or as the operator itself.
    ///
    /// # Errors
    /// None that a sound graph could have.
    pub fn unbound(&mut self, op: OpId) -> Result<()> {
        self.model.main_mut().edit(op, |operator| {
            if operator.code.builtin == Builtin::RELU6 {
                operator.code = OpCode::builtin(Builtin::RELU);
            } else {
                fuse(operator, Activation::RELU);
            }
        })
    }
}

/// Fuses an activation into a layer, or none.
pub fn fuse(operator: &mut Operator, activation: Activation) {
    match operator.options.builtin_mut() {
        O::Conv2DOptions(o) => o.fused_activation_function = activation,
        O::DepthwiseConv2DOptions(o) => o.fused_activation_function = activation,
        O::FullyConnectedOptions(o) => o.fused_activation_function = activation,
        O::TransposeConvOptions(o) => o.fused_activation_function = activation,
        _ => {}
    }
}
