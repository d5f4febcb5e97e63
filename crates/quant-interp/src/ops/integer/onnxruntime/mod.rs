//! What onnxruntime computes on 8-bit integers (MLAS on x86-64): `QLinearConv` and its kin.
//!
//! Sums of products times one factor in f32, halves to even, as XNNPACK has them; rules of its own for sums, products, tables,
//! pools, Softmax and resized images. [`crate::joined`] makes the operators of models whose file has float ones between
//! DequantizeLinear and QuantizeLinear.

mod binary;
mod concat;
mod convert;
mod pool;
mod resize;
mod softmax;
mod table;

use super::profile::Kernel;
use super::{batch_matmul, convolution, fully_connected, pad};
use crate::ops::ready::Other;
use crate::ops::support::elementwise;
use quant_ir::{Builtin, DType, Graph, Operator};

pub use convert::quantize;

/// The kernels, by operator. Those of products are shared with the other profiles, but for the factor.
const KERNELS: &[(Builtin, Kernel)] = &[
    (Builtin::ADD, binary::add),
    (Builtin::AVERAGE_POOL_2D, pool::average),
    (Builtin::BATCH_MATMUL, batch_matmul::eval),
    (Builtin::CONCATENATION, concat::eval),
    (Builtin::CONV_2D, convolution::conv2d),
    (Builtin::DEPTHWISE_CONV_2D, convolution::depthwise),
    (Builtin::FULLY_CONNECTED, fully_connected::eval),
    (Builtin::LEAKY_RELU, table::leaky_relu),
    (Builtin::LOGISTIC, table::logistic),
    (Builtin::MAX_POOL_2D, super::pool::max),
    (Builtin::MEAN, pool::global),
    (Builtin::MUL, binary::mul),
    (Builtin::PAD, pad::eval),
    (Builtin::RESIZE_BILINEAR, resize::bilinear),
    (Builtin::SOFTMAX, softmax::eval),
];

/// LOGISTIC in float, to the last bit.
pub const LOGISTIC: Other = Other {
    prepare: None,
    eval: |call| elementwise::unary(call, table::sigmoid),
};
/// RESIZE_BILINEAR.
pub const RESIZE_BILINEAR: Other = Other {
    prepare: None,
    eval: resize::floats,
};

/// Those that only move integers, which may have 16 bits.
const MOVES: &[Builtin] = &[Builtin::MAX_POOL_2D, Builtin::PAD];

/// The kernel of an operator whose activations have 8 bits: onnxruntime has operators on integers of 16 in float.
pub fn kernel(graph: &Graph, op: &Operator) -> Option<Kernel> {
    let mut ends = op
        .inputs
        .first()
        .copied()
        .flatten()
        .into_iter()
        .chain(op.outputs.iter().copied());
    let short = ends.all(|id| matches!(graph.tensor(id).dtype, DType::Int8 | DType::Uint8));
    let line = KERNELS.iter().find(|(of, _)| *of == op.code.builtin);
    line.filter(|_| short || MOVES.contains(&op.code.builtin))
        .map(|(_, kernel)| *kernel)
}
