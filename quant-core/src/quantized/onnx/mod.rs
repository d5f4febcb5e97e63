//! Models that carry ONNX's QuantizeLinear and DequantizeLinear as custom operators become integers (ONE:
//! `--quantize_onnx_fq_model`).
//!
//! The pairs go, and their parameters become those of the tensors around them; what has none gets them from its
//! neighbours.

mod collapse;
mod infer;
mod mismatch;
mod wrong;

use super::values::is_quantized;
use crate::config::Config;
use crate::quantize::precheck::one_graph;
use crate::scheme::pass::Context;
use crate::scheme::pass::tidy::clear_ranges;
use crate::scheme::pass::{activations, casts, propagate, weights};
use quant_ir::error::Result;
use quant_ir::{Model, TensorId};

/// Turns the main graph's QuantizeLinear and DequantizeLinear into types and parameters. Float constants beside quantized
/// activations get the configuration's type of activations: int16 in the original.
///
/// An activation of uint8 or int16 takes the parameters of its pair; a constant those of its DequantizeLinear, as int4
/// or uint4 where its integers are below 16. Then, in this order: constant operands become integers; Reshape, Transpose,
/// StridedSlice, Squeeze, Gather and, for int16, Neg, squares and Concatenation take the parameters of what they read;
/// parameters travel back as in stage 3; Logistic, Tanh and Softmax take their fixed ones; and a Quantize stands where
/// uint8 meets int16.
///
/// # Errors
/// A model of several graphs, a pair of another form, types that do not meet in a Quantize. The model is then unchanged.
pub fn run(model: &mut Model, config: &Config) -> Result<()> {
    one_graph(model)?;
    let mut work = model.clone();
    collapse::pairs(&mut work)?;
    let mut context = Context::new(&mut work, config)?;
    const_inputs(&mut context)?;
    infer::from_predecessors(context.model);
    propagate::backward(&mut context)?;
    // From here on an operator has the type of what it makes.
    for op in 0..context.graph().operators().len() {
        let output = context.graph().operators()[op].outputs.first().copied();
        let encoding = output.and_then(|id| context.decisions().activations(context.tensor(id).dtype));
        if let Some(encoding) = encoding {
            context.settings[op].activations = encoding;
        }
    }
    activations::fixed_outputs(&mut context)?;
    mismatch::insert(&mut context)?;
    casts::fix(context.model.main_mut());
    clear_ranges(&mut work);
    work.compact();
    *model = work;
    Ok(())
}

/// Float constants beside quantized activations become integers by their own range.
fn const_inputs(context: &mut Context<'_>) -> Result<()> {
    for op in 0..context.graph().operators().len() {
        let operator = &context.graph().operators()[op];
        let inputs = context.rule(op).const_inputs.own(operator.inputs.len());
        let mut operands = operator.inputs.iter().flatten().chain(&operator.outputs);
        let quantized = |id: &TensorId| is_quantized(context.tensor(*id)) && !context.is_const(*id);
        if operands.any(quantized) {
            for input in inputs.unwrap_or_default() {
                weights::quantize_constant_input(context, op, input)?;
            }
        }
    }
    Ok(())
}
