//! Activations that a layer or an arithmetic operator has as an option.

use quant_ir::{Builtin, Operator};
use quant_schema::{ActivationFunctionType, BuiltinOptionsT};

/// Where the option stands, for operators that quantizers and runtimes all know it of.
fn option(op: &mut Operator) -> Option<&mut ActivationFunctionType> {
    Some(match op.options.builtin_mut() {
        BuiltinOptionsT::Conv2DOptions(options) => &mut options.fused_activation_function,
        BuiltinOptionsT::DepthwiseConv2DOptions(options) => &mut options.fused_activation_function,
        BuiltinOptionsT::Conv3DOptions(options) => &mut options.fused_activation_function,
        BuiltinOptionsT::FullyConnectedOptions(options) => &mut options.fused_activation_function,
        BuiltinOptionsT::AddOptions(options) => &mut options.fused_activation_function,
        BuiltinOptionsT::SubOptions(options) => &mut options.fused_activation_function,
        BuiltinOptionsT::MulOptions(options) => &mut options.fused_activation_function,
        BuiltinOptionsT::DivOptions(options) => &mut options.fused_activation_function,
        _ => return None,
    })
}

/// Whether the operator has no activation yet.
pub(super) fn is_open(op: &mut Operator) -> bool {
    option(op).is_some_and(|option| *option == ActivationFunctionType::NONE)
}

/// Makes `next` an option of `layer`, if it is an activation and the layer has none.
pub(super) fn absorb(layer: &mut Operator, next: &Operator) -> bool {
    let activation = match next.code.builtin {
        Builtin::RELU => ActivationFunctionType::RELU,
        Builtin::RELU6 => ActivationFunctionType::RELU6,
        Builtin::RELU_N1_TO_1 => ActivationFunctionType::RELU_N1_TO_1,
        _ => return false,
    };
    let open = is_open(layer);
    if let Some(option) = option(layer).filter(|_| open) {
        *option = activation;
        return true;
    }
    false
}
