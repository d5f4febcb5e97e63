//! Steps 1 and 6: activations get type, scale and zero point; fixed outputs get their fixed ones.

use super::{Context, islands};
use crate::scheme::rule::OutputRange;
use quant_ir::error::{Error, Place, Problem, Result};
use quant_ir::{Builtin, DType, QuantParam};

/// Quantizes every float activation of an operator or of the interface, and those with a recorded range, in their
/// producer's type. One without elements has no range to record; it gets that of zero, so that it has the type of the
/// operands beside it.
///
/// # Errors
/// One of them has elements but no recorded range, or one that is not finite.
pub fn quantize(context: &mut Context<'_>) -> Result<()> {
    for id in context.graph().ids() {
        let tensor = context.tensor(id);
        if tensor.dtype != DType::Float32 || context.is_const(id) || islands::is_float(context, id) {
            continue;
        }
        let recorded = tensor
            .quant
            .clone()
            .filter(|quant| quant.min.len() == 1 && quant.max.len() == 1);
        let graph = context.graph();
        let producer = graph.producer(id);
        let used = producer.is_some() || graph.is_input(id) || graph.users(id) > 0;
        let quant = match recorded {
            Some(quant) => quant,
            None if !used => continue,
            None if tensor.elements() == Some(0) => QuantParam::default(),
            None => {
                return Err(Error::new(
                    Place::tensor("activation", &tensor.name).numbered(id.0),
                    Problem::MissingRange,
                    "run `record` on this very model before `quantize`, with data that gives it elements",
                ));
            }
        };
        if let (&[min], &[max]) = (quant.min.as_slice(), quant.max.as_slice())
            && (!min.is_finite() || !max.is_finite() || min > max)
        {
            return Err(Error::new(
                Place::tensor("activation", &tensor.name).numbered(id.0),
                Problem::BadRange { min, max },
                "run `record` again on data that the model can take",
            ));
        }
        let encoding = context.setting_of(producer).activations;
        let quant = context.parameters(&quant, encoding, OutputRange::Recorded);
        let tensor = context.tensor_mut(id);
        tensor.dtype = encoding.dtype;
        tensor.quant = Some(quant);
    }
    Ok(())
}

/// Sets the parameters of outputs whose range does not depend on data.
pub fn fixed_outputs(context: &mut Context<'_>) -> Result<()> {
    for op in 0..context.graph().operators().len() {
        let dtype = context.settings[op].activations.dtype;
        for id in context.graph().operators()[op].outputs.clone() {
            if !context.is_quantized_activation(id)
                || context.graph().operators()[op].code.builtin == Builtin::QUANTIZE
            {
                continue;
            }
            let output = context.own_range(op);
            if let Some(quant) = &mut context.tensor_mut(id).quant {
                set_output(quant, output, dtype);
            }
        }
    }
    Ok(())
}

/// Gives an output the parameters that are not those of its range; others stay.
pub(super) fn set_output(quant: &mut QuantParam, output: OutputRange, dtype: DType) {
    if let Some((scale, zero_point)) = output.fixed(dtype) {
        quant.scale = vec![scale];
        quant.zero_point = vec![zero_point];
    } else {
        for scale in &mut quant.scale {
            (*scale, _) = output.parameters(dtype, (*scale, 0));
        }
    }
}

/// Whether an output has the parameters that are not those of its range.
pub(crate) fn has_output(quant: &QuantParam, output: OutputRange, dtype: DType) -> bool {
    if let Some((scale, zero_point)) = output.fixed(dtype) {
        return quant.scale == [scale] && quant.zero_point == [zero_point];
    }
    let same = |scale: &f32| output.parameters(dtype, (*scale, 0)).0 == *scale;
    quant.scale.iter().all(same)
}
