//! Circle models as ONE's runtimes execute them: uint8 as onert does, int16 as luci-interpreter.

mod convolution;
mod filter;
mod luci;
mod plain;

use super::profile::{Kernel, Profile};
use super::{add, compare, concatenation, mul, pad, pool, relu};
use crate::ops::Call;
use quant_ir::error::Result;
use quant_ir::value::Value;
use quant_ir::{Builtin, DType, Graph, Operator};

/// Types of activations.
const UINT8: &[DType] = &[DType::Uint8];
const INT16: &[DType] = &[DType::Int16];
const BOTH: &[DType] = &[DType::Uint8, DType::Int16];

/// The kernels, by operator, and the types that they are right for.
const KERNELS: &[(Builtin, Kernel, &[DType])] = &[
    (Builtin::ADD, add::add, UINT8),
    (Builtin::ADD, luci::add_16, INT16),
    (Builtin::AVERAGE_POOL_2D, pool::average, BOTH),
    (Builtin::CONCATENATION, concatenation::eval, BOTH),
    (Builtin::CONV_2D, convolution::conv2d, BOTH),
    (Builtin::DEPTHWISE_CONV_2D, convolution::depthwise, BOTH),
    (Builtin::EQUAL, compare::eval, UINT8),
    (Builtin::FULLY_CONNECTED, convolution::fully_connected, BOTH),
    (Builtin::GREATER, compare::eval, UINT8),
    (Builtin::GREATER_EQUAL, compare::eval, UINT8),
    (Builtin::LEAKY_RELU, relu::leaky, UINT8),
    (Builtin::LESS, compare::eval, UINT8),
    (Builtin::LESS_EQUAL, compare::eval, UINT8),
    (Builtin::LOGISTIC, plain::logistic, UINT8),
    (Builtin::MAX_POOL_2D, pool::max, BOTH),
    (Builtin::MEAN, luci::mean_16, INT16),
    (Builtin::MEAN, plain::mean, UINT8),
    (Builtin::MUL, luci::mul_16, INT16),
    (Builtin::MUL, mul::eval, UINT8),
    (Builtin::NOT_EQUAL, compare::eval, UINT8),
    (Builtin::PAD, pad::eval, BOTH),
    (Builtin::PADV2, pad::eval, UINT8),
    (Builtin::PRELU, luci::prelu, BOTH),
    (Builtin::QUANTIZE, plain::quantize, BOTH),
    (Builtin::RELU, luci::relu, BOTH),
    (Builtin::RELU6, luci::relu6, BOTH),
    (Builtin::RESIZE_BILINEAR, plain::resize_bilinear, UINT8),
    (Builtin::SOFTMAX, softmax, UINT8),
    (Builtin::SPACE_TO_BATCH_ND, pad::space_to_batch, UINT8),
    (Builtin::SUB, add::sub, UINT8),
    (Builtin::TANH, plain::tanh, UINT8),
    (Builtin::TRANSPOSE_CONV, luci::transpose_conv, BOTH),
];

/// As LiteRT's own, by a table.
fn softmax(call: &Call<'_>, _: Profile) -> Result<Vec<Value>> {
    super::softmax::eval(call, Profile::Litert)
}

/// The kernel of an operator whose activations are of a type that it is for; QUANTIZE reads floats, and either type.
pub fn kernel(graph: &Graph, op: &Operator) -> Option<Kernel> {
    let image = usize::from(op.code.builtin == Builtin::TRANSPOSE_CONV) * 2;
    let ends = op
        .inputs
        .get(image)
        .copied()
        .flatten()
        .into_iter()
        .chain(op.outputs.iter().copied());
    let dtypes: Vec<DType> = ends.map(|id| graph.tensor(id).dtype).collect();
    let quantize = op.code.builtin == Builtin::QUANTIZE;
    let fits = |dtype: &DType, types: &[DType]| {
        types.contains(dtype) || *dtype == DType::Bool || quantize && *dtype == DType::Float32
    };
    let mut lines = KERNELS.iter().filter(|(of, ..)| *of == op.code.builtin);
    let found = lines.find(|(_, _, types)| dtypes.iter().all(|dtype| fits(dtype, types)));
    found.map(|(_, kernel, _)| *kernel)
}
