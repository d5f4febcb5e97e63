//! Activations without a pair take their parameters from what their operator reads.

use super::super::values::is_quantized;
use quant_ir::{Builtin, DType, Model, Operator, QuantParam, TensorId};

/// Goes over the operators until nothing changes.
pub fn from_predecessors(model: &mut Model) {
    let mut changed = true;
    while changed {
        changed = false;
        for op in 0..model.main().operators().len() {
            let operator = &model.main().operators()[op];
            let &[output] = operator.outputs.as_slice() else {
                continue;
            };
            if model.main().tensor(output).dtype != DType::Float32 {
                continue;
            }
            if let Some((dtype, scale, zero_point)) = parameters(model, operator) {
                let tensor = model.main_mut().tensor_mut(output);
                tensor.dtype = dtype;
                tensor.quant = Some(QuantParam {
                    scale: vec![scale],
                    zero_point: vec![zero_point],
                    ..QuantParam::default()
                });
                changed = true;
            }
        }
    }
}

/// Type, scale and zero point of what an operator makes, when its inputs decide.
fn parameters(model: &Model, op: &Operator) -> Option<(DType, f32, i64)> {
    let input = |index: usize| of(model, op.input(index)?);
    let int16 = |(dtype, ..): &(DType, f32, i64)| *dtype == DType::Int16;
    match op.code.builtin {
        Builtin::RESHAPE
        | Builtin::TRANSPOSE
        | Builtin::STRIDED_SLICE
        | Builtin::SQUEEZE
        | Builtin::GATHER => input(0),
        Builtin::NEG => input(0).filter(int16),
        // The largest square is 32767² steps of s².
        Builtin::MUL if op.input(0) == op.input(1) => {
            let (dtype, scale, _) = input(0).filter(int16)?;
            Some((dtype, scale * scale * 32767.0, 0))
        }
        Builtin::CONCATENATION => {
            let all: Option<Vec<_>> = (0..op.inputs.len()).map(|at| input(at).filter(int16)).collect();
            let scales = all?.into_iter().map(|(_, scale, _)| scale);
            Some((DType::Int16, scales.reduce(f32::max)?, 0))
        }
        _ => None,
    }
}

/// Type, scale and zero point of a tensor of uint8 or int16 that has one of each.
pub fn of(model: &Model, id: TensorId) -> Option<(DType, f32, i64)> {
    let tensor = model.main().tensor(id);
    let quant = tensor.quant.as_ref().filter(|_| is_quantized(tensor))?;
    let (&[scale], &[zero_point]) = (quant.scale.as_slice(), quant.zero_point.as_slice()) else {
        return None;
    };
    matches!(tensor.dtype, DType::Uint8 | DType::Int16).then_some((tensor.dtype, scale, zero_point))
}
