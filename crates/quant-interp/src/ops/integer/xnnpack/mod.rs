//! What LiteRT computes where its default delegate, XNNPACK, takes an operator: sums of products times one factor in f32,
//! halves to even, and rules of their own for sums, tables, means and resized images.
//!
//! Which operators it takes says [`takes`]; the others have LiteRT's own kernels. Those that it takes and computes as they do
//! (operators that move integers, pools of the largest) have no line here.

mod binary;
mod reduce;
mod resize;
mod takes;
mod unary;

use super::profile::Kernel;
use super::{batch_matmul, convolution, fully_connected, pool, transpose_conv};
use quant_ir::{Builtin, DType, Graph, Operator, TensorId};

pub use takes::takes;

/// The kernels, by operator. Those of products are shared with the other profiles, but for the factor.
const KERNELS: &[(Builtin, Kernel)] = &[
    (Builtin::ADD, binary::add),
    (Builtin::BATCH_MATMUL, batch_matmul::eval),
    (Builtin::CONV_2D, convolution::conv2d),
    (Builtin::DEPTHWISE_CONV_2D, convolution::depthwise),
    (Builtin::DEQUANTIZE, unary::dequantize),
    (Builtin::ELU, unary::elu),
    (Builtin::FULLY_CONNECTED, fully_connected::eval),
    (Builtin::LEAKY_RELU, unary::leaky_relu),
    (Builtin::LOGISTIC, unary::logistic),
    (Builtin::MAX_POOL_2D, pool::max),
    (Builtin::MEAN, reduce::mean),
    (Builtin::MUL, binary::mul),
    (Builtin::QUANTIZE, unary::quantize),
    (Builtin::RESIZE_BILINEAR, resize::bilinear),
    (Builtin::SUB, binary::sub),
    (Builtin::SUM, reduce::sum),
    (Builtin::TANH, unary::tanh),
    (Builtin::TRANSPOSE_CONV, transpose_conv::eval),
];

/// Whether the delegate may take an operator of float activations and integer weights. It makes 8-bit integers of the activations
/// by rules of its own, which have no kernel here.
pub fn takes_weights(graph: &Graph, op: &Operator) -> bool {
    let at = |at: usize| op.inputs.get(at).copied().flatten();
    let dtype = |at: Option<TensorId>| at.map(|id| graph.tensor(id).dtype);
    let few = [DType::Int4, DType::Int2];
    match op.code.builtin {
        Builtin::BATCH_MATMUL | Builtin::CONV_2D | Builtin::TRANSPOSE_CONV => {
            dtype(at(1)) == Some(DType::Int8)
        }
        Builtin::FULLY_CONNECTED => {
            dtype(at(1)).is_some_and(|dtype| dtype == DType::Int8 || few.contains(&dtype))
        }
        _ => false,
    }
}

/// The kernel of an operator that the delegate takes.
pub fn kernel(builtin: Builtin) -> Option<Kernel> {
    let line = KERNELS.iter().find(|(of, _)| *of == builtin);
    line.map(|(_, kernel)| *kernel)
}
