//! What goes: a requantization into the operator before it (`FoldTrivalRequantizeOp`), an activation into the operator before
//! it (`FuseActivation` of `optimize_patterns.td`).

use std::collections::BTreeMap;

use quant_ir::{Builtin, Operator, TensorId};
use quant_schema::{ActivationFunctionType as Activation, BuiltinOptionsT as O};

use super::facts::Facts;
use super::plan::Plan;
use super::rules::Scale;

impl Plan {
    /// Users that stay float read floats. An operator with a range of its own writes a value as its only users want it.
    pub(super) fn fold(&mut self, facts: &Facts<'_>) {
        let graph = facts.graph();
        let quantized = &self.quantized;
        for other in &mut self.requantized {
            other.users.retain(|(op, _)| quantized[*op]);
        }
        self.requantized.retain(|other| !other.users.is_empty());
        let mut of: BTreeMap<TensorId, usize> = BTreeMap::new();
        for other in &self.requantized {
            *of.entry(other.value).or_default() += 1;
        }
        let mut reads = vec![0; graph.tensors().len()];
        let operands = graph.operators().iter().flat_map(|op| &op.inputs);
        operands.flatten().for_each(|id| reads[id.0] += 1);
        let (params, written) = (&mut self.params, &self.written);
        self.requantized.retain(|other| {
            let id = other.value;
            let own = facts.producer(id).is_some_and(|(op, rule)| {
                let own = |rule: &super::rules::Rule| rule.result == Scale::Own && rule.memory.is_none();
                quantized[op] && rule.is_some_and(own)
            });
            let alone = of[&id] == 1 && reads[id.0] == other.users.len() && !graph.is_output(id);
            if !own || !alone || written.contains_key(&id) {
                return true;
            }
            params[id.0] = Some(other.params);
            false
        });
    }

    /// An activation whose operand nobody else reads goes into the convolution, product or sum that makes it. Float
    /// operators stay as they are, but in the original.
    pub(super) fn fuse(&mut self, facts: &Facts<'_>) {
        let graph = facts.graph();
        for (op, operator) in graph.operators().iter().enumerate() {
            let Some((activation, operand)) = activation(operator).zip(operator.input(0)) else {
                continue;
            };
            let Some((before, _)) = facts.producer(operand) else {
                continue;
            };
            let both = self.quantized[before] == self.quantized[op];
            let fits = both && (self.quantized[op] || facts.options.compat);
            let alone = graph.users(operand) == 1 && !graph.is_output(operand);
            let takes = fits && alone && takes(&graph.operators()[before]);
            if let Some(result) = operator.outputs.first().filter(|_| takes) {
                self.fused.insert(before, (op, activation, *result));
            }
        }
    }
}

fn activation(operator: &Operator) -> Option<Activation> {
    Some(match operator.code.builtin {
        Builtin::RELU => Activation::RELU,
        Builtin::RELU6 => Activation::RELU6,
        Builtin::RELU_N1_TO_1 => Activation::RELU_N1_TO_1,
        _ => return None,
    })
}

/// Whether an operator can have an activation and has none.
fn takes(operator: &Operator) -> bool {
    let kinds = [
        Builtin::CONV_2D,
        Builtin::DEPTHWISE_CONV_2D,
        Builtin::FULLY_CONNECTED,
        Builtin::ADD,
    ];
    let options = matches!(
        operator.options.builtin(),
        O::Conv2DOptions(_) | O::DepthwiseConv2DOptions(_) | O::FullyConnectedOptions(_) | O::AddOptions(_)
    );
    let none = operator.options.fused_activation() == Activation::NONE;
    kinds.contains(&operator.code.builtin) && options && none && operator.outputs.len() == 1
}

/// Puts an activation into an operator that can have one.
pub fn put(operator: &mut Operator, activation: Activation) {
    match operator.options.builtin_mut() {
        O::Conv2DOptions(o) => o.fused_activation_function = activation,
        O::DepthwiseConv2DOptions(o) => o.fused_activation_function = activation,
        O::FullyConnectedOptions(o) => o.fused_activation_function = activation,
        O::AddOptions(o) => o.fused_activation_function = activation,
        _ => {}
    }
}
