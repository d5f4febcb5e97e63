//! `SetOperatorCodeVersion`, and the options that tell kernels of the new types.

use quant_ir::{Builtin, DType, Model, OpId};
use quant_schema::{BuiltinOptionsT, TensorType};

use super::super::Options;
use super::rules;

/// Raises versions to those of the table; no operator gets a lower one than it had. Returns the version of QUANTIZE, which
/// has its own row in the original's list, but only where one has been inserted by now.
pub fn set(model: &mut Model, options: &Options, activations: DType) -> i32 {
    let mut casts = 1;
    for graph in model.graphs_mut() {
        for index in 0..graph.operators().len() {
            let op = graph.operator(OpId(index));
            let version = if op.code.builtin == Builtin::QUANTIZE {
                casts = 2;
                2
            } else {
                rules::of(op, options.compat).map_or(0, |rule| rule.version)
            };
            // Neither touches an operand.
            let _ = graph.edit(OpId(index), |op| {
                op.code.version = op.code.version.max(version);
                fields(op.options.builtin_mut(), options, activations);
            });
        }
    }
    casts
}

/// CONV_2D, FULLY_CONNECTED and TRANSPOSE_CONV say the type of their bias, with a bias or without; ADD and SUB of 16 bits,
/// that their scales are no powers of two.
fn fields(fields: &mut BuiltinOptionsT, options: &Options, activations: DType) {
    let wide = activations == DType::Int16;
    let bias = match options.bias {
        DType::Int64 if wide => TensorType::INT64,
        _ => TensorType::INT32,
    };
    match fields {
        BuiltinOptionsT::Conv2DOptions(conv) => conv.quantized_bias_type = bias,
        BuiltinOptionsT::FullyConnectedOptions(dense) => dense.quantized_bias_type = bias,
        BuiltinOptionsT::TransposeConvOptions(conv) => conv.quantized_bias_type = bias,
        BuiltinOptionsT::AddOptions(add) if wide => add.pot_scale_int16 = false,
        BuiltinOptionsT::SubOptions(sub) if wide => sub.pot_scale_int16 = false,
        _ => {}
    }
}
