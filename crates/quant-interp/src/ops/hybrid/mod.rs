//! Float activations with integer weights ("hybrid", dynamic range), bit for bit as LiteRT computes them.
//!
//! Each row of the input becomes 8-bit integers while the model runs ([`quant_numeric::dynamic`]); sums of products are
//! integers, and what makes floats of them is a few products in f32 whose order is each kernel's own. Weights of 4 and 2 bits
//! are those of 8 once they are unpacked, but for the kernel of packed 4-bit weights that [`Profile::Litert`](super::integer::profile::Profile::Litert) has.

mod batch_matmul;
mod convolution;
mod embedding;
mod four_bits;
mod fully_connected;
mod input;
mod lanes;
mod lstm;
mod lstm_gate;
mod rnn;
mod sums;
mod svdf;
mod transpose_conv;
mod weights;

use super::integer::profile::{Kernel, On};
use quant_ir::{Builtin, DType, Graph, Operator, QuantDetails, TensorId};

/// The kernels: the operator, the number of the input that has the integers, and their types.
const KERNELS: &[(Builtin, usize, &[DType], Kernel)] = &[
    (Builtin::BATCH_MATMUL, 1, &[DType::Int8], batch_matmul::eval),
    (
        Builtin::CONV_2D,
        1,
        // 2-bit filters run in LiteRT, and are taken for something else.
        &[DType::Int8, DType::Uint8, DType::Int4],
        convolution::conv2d,
    ),
    (
        Builtin::DEPTHWISE_CONV_2D,
        1,
        &[DType::Int8],
        convolution::depthwise,
    ),
    (
        Builtin::EMBEDDING_LOOKUP,
        1,
        &[DType::Int8, DType::Uint8, DType::Int4, DType::Int2],
        embedding::eval,
    ),
    (
        Builtin::FULLY_CONNECTED,
        1,
        &[DType::Int8, DType::Uint8, DType::Int4, DType::Int2],
        fully_connected::eval,
    ),
    (Builtin::LSTM, 2, &[DType::Int8, DType::Uint8], lstm::step),
    (Builtin::RNN, 1, &[DType::Int8, DType::Uint8], rnn::step),
    (Builtin::SVDF, 1, &[DType::Int8, DType::Uint8], svdf::eval),
    (Builtin::TRANSPOSE_CONV, 1, &[DType::Int8], transpose_conv::eval),
    (
        Builtin::UNIDIRECTIONAL_SEQUENCE_LSTM,
        2,
        &[DType::Int8, DType::Uint8],
        lstm::sequence,
    ),
    (
        Builtin::UNIDIRECTIONAL_SEQUENCE_RNN,
        1,
        &[DType::Int8, DType::Uint8],
        rnn::sequence,
    ),
];

/// How an operator runs that makes floats of float activations and integer weights; `None` for others.
pub fn on(graph: &Graph, op: &Operator) -> Option<On> {
    let tensor = |id: Option<&TensorId>| id.map(|id| graph.tensor(*id));
    let float = |id: Option<&TensorId>| tensor(id).is_some_and(|tensor| tensor.dtype == DType::Float32);
    let quantized = |id: &TensorId| {
        let tensor = graph.tensor(*id);
        let integers = matches!(
            tensor.dtype,
            DType::Int8 | DType::Uint8 | DType::Int4 | DType::Int2
        );
        let quant = tensor.quant.as_ref().filter(|_| integers);
        quant.is_some_and(|quant| {
            !quant.scale.is_empty() || matches!(quant.details, Some(QuantDetails::Blockwise { .. }))
        })
    };
    if !float(op.outputs.first()) || op.code.builtin == Builtin::DEQUANTIZE {
        return None;
    }
    if !op.inputs.iter().flatten().any(quantized) {
        return None;
    }
    let line = KERNELS.iter().find(|(of, ..)| *of == op.code.builtin);
    let kernel = line.and_then(|(of, weights, types, kernel)| {
        let weights = tensor(op.inputs.get(*weights)?.as_ref())?;
        let right = types.contains(&weights.dtype);
        let input = match *of {
            Builtin::EMBEDDING_LOOKUP => true,
            Builtin::TRANSPOSE_CONV => float(op.inputs.get(2)?.as_ref()),
            _ => float(op.inputs.first()?.as_ref()),
        };
        (right && input).then_some(On::Kernel(*kernel))
    });
    Some(kernel.unwrap_or(On::None))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_operator_has_one_line() {
        let mut names: Vec<i32> = KERNELS.iter().map(|(of, ..)| of.0).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), KERNELS.len());
    }
}
