//! Circle models as ONE's runtimes execute them: uint8 as onert does, int16 as luci-interpreter.

mod convolution;
mod filter;
mod plain;

use super::profile::{Kernel, Profile};
use super::{add, compare, concatenation, mul, pad, pool, softmax};
use quant_ir::{Builtin, DType, Graph, Operator};

/// Types of activations.
const UINT8: &[DType] = &[DType::Uint8];
const BOTH: &[DType] = &[DType::Uint8, DType::Int16];

/// The kernels, by operator, and the types that they are right for.
const KERNELS: &[(Builtin, Kernel, &[DType])] = &[
    (Builtin::ADD, add::add, UINT8),
    (Builtin::AVERAGE_POOL_2D, pool::average, UINT8),
    (Builtin::CONCATENATION, concatenation::eval, UINT8),
    (Builtin::CONV_2D, convolution::conv2d, BOTH),
    (Builtin::DEPTHWISE_CONV_2D, convolution::depthwise, BOTH),
    (Builtin::EQUAL, compare::eval, UINT8),
    (Builtin::FULLY_CONNECTED, convolution::fully_connected, UINT8),
    (Builtin::GREATER, compare::eval, UINT8),
    (Builtin::GREATER_EQUAL, compare::eval, UINT8),
    (Builtin::LESS, compare::eval, UINT8),
    (Builtin::LESS_EQUAL, compare::eval, UINT8),
    (Builtin::LOGISTIC, plain::logistic, UINT8),
    (Builtin::MAX_POOL_2D, pool::max, UINT8),
    (Builtin::MEAN, plain::mean, UINT8),
    (Builtin::MUL, mul::eval, UINT8),
    (Builtin::NOT_EQUAL, compare::eval, UINT8),
    (Builtin::PAD, pad::eval, UINT8),
    (Builtin::PADV2, pad::eval, UINT8),
    (Builtin::QUANTIZE, plain::quantize, UINT8),
    (Builtin::RESIZE_BILINEAR, plain::resize_bilinear, UINT8),
    (
        Builtin::SOFTMAX,
        |call, _| softmax::eval(call, Profile::Litert),
        UINT8,
    ),
    (Builtin::SPACE_TO_BATCH_ND, pad::space_to_batch, UINT8),
    (Builtin::SUB, add::sub, UINT8),
    (Builtin::TANH, plain::tanh, UINT8),
];

/// The kernel of an operator whose activations are of a type that it is for.
pub fn kernel(graph: &Graph, op: &Operator) -> Option<Kernel> {
    let (_, kernel, types) = KERNELS.iter().find(|(of, ..)| *of == op.code.builtin)?;
    let ends = op.inputs.iter().flatten().take(1).chain(&op.outputs);
    let mut dtypes = ends.map(|id| graph.tensor(*id).dtype);
    let float = op.code.builtin == Builtin::QUANTIZE;
    let fits =
        |dtype: DType| types.contains(&dtype) || dtype == DType::Bool || float && dtype == DType::Float32;
    dtypes.all(fits).then_some(*kernel)
}
