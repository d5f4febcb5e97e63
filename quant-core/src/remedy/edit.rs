//! Changing constants of a float model: an operator gets values of its own.

use quant_ir::error::Result;
use quant_ir::{Builtin, DType, FreeNames, Model, OpCode, OpId, Operator, Tensor};
use quant_schema::{ActivationFunctionType as Activation, BuiltinOptionsT as O};

use super::layer::Layer;
use crate::quantize::constant::{self, BufferUses};

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

    /// Gives a layer this bias as its operand `at`; one that has none gets it.
    ///
    /// # Errors
    /// As [`Self::set`].
    pub fn set_bias(&mut self, op: OpId, at: usize, values: &[f32]) -> Result<()> {
        let graph = self.model.main();
        if graph.operator(op).input(at).is_none() {
            let made = graph.operator(op).outputs[0];
            let name = self.names.take(&format!("{}_bias", graph.tensor(made).name));
            let shape = vec![i32::try_from(values.len()).unwrap_or(i32::MAX)];
            let mut tensor = Tensor::new(name, DType::Float32, shape);
            tensor.has_rank = true;
            tensor.buffer = self.model.add_buffer(vec![0; 4 * values.len()]);
            self.uses.add(tensor.buffer);
            let graph = self.model.main_mut();
            let id = graph.add_tensor(tensor);
            graph.edit(op, |operator| {
                if operator.inputs.len() <= at {
                    operator.inputs.resize(at + 1, None);
                }
                operator.inputs[at] = Some(id);
            })?;
        }
        self.set(op, at, values)
    }

    /// Adds to the biases of layers; the most that one moved.
    ///
    /// # Errors
    /// As [`Self::set`].
    pub fn shift_biases(&mut self, shifts: &[(Layer, Vec<f32>)]) -> Result<f32> {
        let mut most = 0.0f32;
        for (layer, shift) in shifts {
            let was = operand(self.model, layer.op, layer.bias());
            let was = was.unwrap_or_else(|| vec![0.0; shift.len()]);
            let is: Vec<f32> = was.iter().zip(shift).map(|(was, by)| was + by).collect();
            self.set_bias(layer.op, layer.bias(), &is)?;
            most = shift.iter().fold(most, |most, by| most.max(by.abs()));
        }
        Ok(most)
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

/// Gives a model the recorded ranges of another that came of it: tensors have their ids still.
pub fn take_ranges(model: &mut Model, recorded: &Model) {
    let constants: Vec<bool> = model
        .main()
        .tensors()
        .iter()
        .map(|tensor| model.is_const(tensor))
        .collect();
    let tensors = model.main_mut().tensors_mut().iter_mut();
    for ((tensor, from), constant) in tensors.zip(recorded.main().tensors()).zip(constants) {
        if !constant {
            tensor.quant.clone_from(&from.quant);
        }
    }
}
